"""Notifications that wait for endpoints: see :class:`chatroom.store.push.PushStore`."""

from collections.abc import Collection
from typing import Final

from ...model import (
    FollowedThread,
    InboxRoom,
    Message,
    Notification,
    notifies,
)
from ..push import (
    MAX_AGE_MS,
    MAX_WAITING,
    EndpointState,
    NotificationKey,
    Outcomes,
    Reached,
    Turn,
    Waiting,
)
from .blocks import is_blocked
from .connection import Connection
from .inbox import inbox
from .push_endpoints import ENDPOINT, remove_endpoints
from .rows import MESSAGE, Columns
from .thread_log import followed_threads

TURN_ROWS: Final = 50
"""Notifications that one read looks at."""

_STATE: Final = Columns(EndpointState)
"""Columns of ``push_endpoints``."""

# ---- reads


def reached(
    connection: Connection,
    room: str,
    thread: int | None,
    seq: int,
    after: str,
    limit: int,
) -> tuple[list[Reached], str | None]:
    rows = connection.execute(
        _OF_FOLLOWERS if thread is not None else _of_members(connection, room),
        {"room": room, "thread": thread, "seq": seq, "after": after, "limit": limit},
    ).fetchall()
    page = [Reached(*row) for row in rows]
    if len(page) < limit:
        return page, None
    # The endpoints of the last user may not be complete.
    page = [each for each in page if each.user != page[-1].user]
    return page, page[-1].user


def _of_members(connection: Connection, room: str) -> str:
    """Return a query that begins with the members of the room, or with all endpoints if these are
    fewer.
    """
    found = connection.execute(
        "SELECT members FROM rooms WHERE name = :room", {"room": room}
    ).fetchone()
    members = found[0] if found else 0
    (endpoints,) = connection.execute(
        """
        SELECT count(*) FROM (
            SELECT 1 FROM push_endpoints WHERE user > '' LIMIT :members
        ) AS found
        """,
        {"members": members},
    ).fetchone()
    return _OF_MEMBERS if endpoints >= members else _OF_ENDPOINTS


_REACHED: Final = "m.user, e.id, e.host, m.level, m.read_seq"
# CROSS JOIN keeps the order of the tables.
_OF_MEMBERS: Final = f"""
    SELECT {_REACHED} FROM members AS m CROSS JOIN push_endpoints AS e ON e.user = m.user
    WHERE m.room = :room AND m.user > :after AND m.read_seq < :seq AND m.level <> 'none'
    ORDER BY m.user LIMIT :limit
"""
_OF_ENDPOINTS: Final = f"""
    SELECT {_REACHED} FROM push_endpoints AS e
    CROSS JOIN members AS m ON m.user = e.user AND m.room = :room
    WHERE e.user > :after AND m.read_seq < :seq AND m.level <> 'none'
    ORDER BY e.user LIMIT :limit
"""
_OF_FOLLOWERS: Final = """
    SELECT m.user, e.id, e.host, m.level, f.read_seq FROM followers AS f
    CROSS JOIN members AS m ON m.user = f.user AND m.room = f.room
    CROSS JOIN push_endpoints AS e ON e.user = f.user
    WHERE f.room = :room AND f.root = :thread AND f.user > :after
      AND f.read_seq < :seq AND m.level <> 'none'
    ORDER BY f.user LIMIT :limit
"""


def waiting_endpoints(connection: Connection) -> list[Waiting]:
    rows = connection.execute(
        """
        SELECT e.id, e.host, e.retry_at FROM push_endpoints AS e
        WHERE EXISTS (SELECT 1 FROM push_notifications AS n WHERE n.endpoint = e.id)
        """
    )
    return [Waiting(*row) for row in rows]


def turn(
    connection: Connection, endpoint: int, skipped: Collection[NotificationKey], now: int
) -> Turn:
    row = connection.execute(
        f"""
        SELECT {ENDPOINT.of("e")}, {_STATE.of("e")}, t.id IS NULL FROM push_endpoints AS e
        LEFT JOIN users AS u ON u.name = e.user AND NOT u.disabled
        LEFT JOIN tokens AS t ON t.user = u.name AND t.id = e.token_id AND t.expires_at > :now
        WHERE e.id = :endpoint
        """,
        {"endpoint": endpoint, "now": now},
    ).fetchone()
    if row is None:
        return Turn(None)
    ours, (*state, ended) = ENDPOINT.cut(row)
    found = ENDPOINT.value(ours)
    if ended:
        return Turn(found, ended=True)
    rooms: dict[str, InboxRoom | None] = {}
    unwanted: list[NotificationKey] = []
    waiting = _waiting_for(connection, endpoint, skipped)
    more = len(waiting) >= TURN_ROWS
    for number, key in enumerate(waiting, 1):
        if key.room not in rooms:
            rooms[key.room] = next(iter(inbox(connection, found.user, key.room)), None)
        notification = _notification(connection, key, found.user, rooms[key.room], now)
        if notification is not None:
            more = more or number < len(waiting)
            return Turn(found, _STATE.value(state), key, notification, tuple(unwanted), more)
        unwanted.append(key)
    return Turn(found, _STATE.value(state), unwanted=tuple(unwanted), more=more)


def _waiting_for(
    connection: Connection, endpoint: int, skipped: Collection[NotificationKey]
) -> list[NotificationKey]:
    rows = connection.execute(
        """
        SELECT endpoint, room, seq FROM push_notifications WHERE endpoint = :endpoint
        ORDER BY room, seq LIMIT :limit
        """,
        {"endpoint": endpoint, "limit": TURN_ROWS + len(skipped)},
    )
    return [key for row in rows if (key := NotificationKey(*row)) not in skipped]


def _notification(
    connection: Connection, key: NotificationKey, user: str, room: InboxRoom | None, now: int
) -> Notification | None:
    """Return None if the user must not be notified of the message (any more)."""
    if room is None:
        return None
    row = connection.execute(
        f"""
        SELECT coalesce(u.display_name, m.sender), {MESSAGE.of("m")} FROM messages_now AS m
        LEFT JOIN users AS u ON u.name = m.sender WHERE m.room = :room AND m.seq = :seq
        """,
        {"room": key.room, "seq": key.seq},
    ).fetchone()
    if row is None:
        return None
    message: Message = MESSAGE.value(row[1:])
    log: InboxRoom | FollowedThread = room
    if message.thread is not None:
        followed = followed_threads(connection, user, key.room, message.thread)
        if not followed:
            return None
        (log,) = followed
    if (
        not notifies(message, user, room.level, log.read_seq)
        or message.timestamp + MAX_AGE_MS <= now
        or is_blocked(connection, user, message.sender)
    ):
        return None
    preview = message.preview()
    return Notification(
        user=user,
        room=room.room,
        kind=room.kind,
        title=room.title,
        seq=message.seq,
        timestamp=message.timestamp,
        sender=message.sender,
        sender_name=row[0],
        text=preview.text,
        truncated=preview.truncated,
        files=preview.files,
        mention=message.mentioned(user),
        unread=log.unread,
        thread=message.thread,
    )


# ---- writes


def add_notifications(connection: Connection, keys: Collection[NotificationKey]) -> int:
    added = connection.executemany(
        """
        INSERT INTO push_notifications (endpoint, room, seq)
        SELECT e.id, :room, :seq FROM push_endpoints AS e
        WHERE e.id = :endpoint AND EXISTS (SELECT 1 FROM rooms WHERE name = :room) AND (
            SELECT count(*) FROM (
                SELECT 1 FROM push_notifications WHERE endpoint = :endpoint LIMIT :maximum
            ) AS found
        ) < :maximum
        ON CONFLICT DO NOTHING
        """,
        [
            {"endpoint": k.endpoint, "room": k.room, "seq": k.seq, "maximum": MAX_WAITING}
            for k in keys
        ],
    )
    return len(keys) - added.rowcount


def save_outcomes(connection: Connection, outcomes: Outcomes) -> None:
    connection.executemany(
        """
        DELETE FROM push_notifications
        WHERE endpoint = :endpoint AND room = :room AND seq = :seq
        """,
        [{"endpoint": k.endpoint, "room": k.room, "seq": k.seq} for k in outcomes.done],
    )
    connection.executemany(
        """
        UPDATE push_endpoints SET failures = :failures, failing_since = :failing_since,
            retry_at = :retry_at
        WHERE id = :endpoint
        """,
        [{"endpoint": number, **_STATE.named(state)} for number, state in outcomes.states],
    )
    for number, token_id in outcomes.gone:
        where: dict[str, str | int] = {"endpoint": number, "token_id": token_id}
        remove_endpoints(connection, "id = :endpoint AND token_id = :token_id", where)
