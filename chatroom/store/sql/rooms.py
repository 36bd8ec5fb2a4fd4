"""Queries of rooms and their members. Each function runs in a read transaction."""

from collections.abc import Collection
from typing import Final

from ...model import Room
from ...names.words import prefix_of
from ..access import RoomAccess
from ..housekeeping import RoomSize
from ..inboxes import RoomList
from ..rooms import MemberPage, People
from .administration import is_admin
from .apply import Originals, find_originals
from .conditions import is_retired
from .connection import Connection
from .rows import MEMBER, ROOM, among, json_array
from .sanctions import sanctions

MAX_SEARCHED: Final = 5000
"""Rooms of each list that one call compares with a search string: some 2 ms."""
_DIRECT: Final = "@"
"""Sorts after every name that begins with a digit, and before the names of direct rooms."""
_AFTER_DIRECT: Final = "A"
"""Sorts after the names of direct rooms, and before every name that begins with a letter."""
_END: Final = "\x7f"
"""Sorts after every name."""


def room(connection: Connection, name: str) -> Room | None:
    row = connection.execute(
        f"SELECT {ROOM} FROM rooms WHERE name = :name", {"name": name}
    ).fetchone()
    return ROOM.value(row) if row else None


def room_access(
    connection: Connection, room_name: str, user: str, client_id: str | None
) -> RoomAccess:
    originals: Originals = {}
    if client_id is not None:
        originals = find_originals(connection, [(user, client_id)])
    found = room(connection, room_name)
    member = connection.execute(
        "SELECT 1 FROM members WHERE user = :user AND room = :room",
        {"user": user, "room": room_name},
    ).fetchone()
    # The members of a deleted room are erased later than its own row.
    is_member = found is not None and member is not None
    return RoomAccess(
        found,
        is_member,
        original=originals.get((user, client_id or "")),
        retired=is_retired(connection, room_name),
        is_admin=is_admin(connection, user),
    )


def people(connection: Connection, room: str, names: Collection[str]) -> People:
    where = {"room": room, "names": json_array(names)}
    members = connection.execute(
        f"SELECT {MEMBER} FROM members_now WHERE room = :room AND user {among('names')}", where
    ).fetchall()
    users = connection.execute(
        f"""
        SELECT name, display_name FROM users WHERE erased_at IS NULL AND name {among("names")}
        """,
        where,
    ).fetchall()
    slowed = connection.execute(
        f"SELECT user, at FROM slow_mode WHERE room = :room AND user {among('names')}", where
    ).fetchall()
    return People(
        members={member.user: member for member in map(MEMBER.value, members)},
        banned=sanctions(connection, "bans", room, names),
        users=dict(users),
        muted=sanctions(connection, "mutes", room, names),
        slowed=dict(slowed),
    )


def rooms(connection: Connection, user: str, query: str | None, after: str, limit: int) -> RoomList:
    """Merge two lists: public rooms, from an index of these, and the user's own rooms, from the
    index of members. Neither scans the private rooms of other users.

    The names of direct rooms begin with ``@``, and so sort between names that begin with a digit
    and names that begin with a letter. The user's own rooms are therefore read in two ranges, so
    that direct rooms are not scanned either.
    """
    stop = None if query is None else _last_searched(connection, user, after)
    last = stop or _END
    where = {
        "user": user,
        "part": None if query is None else query.casefold(),
        "after": after,
        "after_direct": max(after, _AFTER_DIRECT),
        "last": last,
        "last_digit": min(last, _DIRECT),
        "limit": limit + 1,
    }
    rows = connection.execute(
        f"""
        SELECT {ROOM.of("r")} FROM (
            SELECT name AS found FROM rooms
            WHERE kind = 'room' AND visibility = 'public' AND name > :after AND name <= :last
              AND (CAST(:part AS TEXT) IS NULL
                OR instr(name, :part) > 0 OR instr(search, :part) > 0)
            UNION
            SELECT m.room FROM members AS m JOIN rooms AS o ON o.name = m.room
            WHERE m.user = :user AND m.room > :after AND m.room <= :last_digit
              AND (CAST(:part AS TEXT) IS NULL
                OR instr(o.name, :part) > 0 OR instr(o.search, :part) > 0)
            UNION
            SELECT m.room FROM members AS m JOIN rooms AS o ON o.name = m.room
            WHERE m.user = :user AND m.room > :after_direct AND m.room <= :last
              AND (CAST(:part AS TEXT) IS NULL
                OR instr(o.name, :part) > 0 OR instr(o.search, :part) > 0)
            ORDER BY 1 LIMIT :limit
        ) AS page JOIN rooms AS r ON r.name = page.found
        """,
        where,
    )
    found = sorted(map(ROOM.value, rows), key=lambda room: room.name)
    page = tuple(found[:limit])
    return RoomList(page, page[-1].name if len(found) > limit else stop)


def _last_searched(connection: Connection, user: str, after: str) -> str | None:
    """Return the name at which one search stops, so that a search without matches costs no more
    than one with matches. None if fewer rooms are left."""
    names = connection.execute(
        """
        SELECT name FROM (
            SELECT name FROM rooms
            WHERE kind = 'room' AND visibility = 'public' AND name > :after
            ORDER BY name LIMIT 1 OFFSET :skipped
        ) AS found
        UNION ALL
        SELECT room FROM (
            SELECT room FROM members WHERE user = :user AND room > :after AND room < :direct
            ORDER BY room LIMIT 1 OFFSET :skipped
        ) AS found
        UNION ALL
        SELECT room FROM (
            SELECT room FROM members WHERE user = :user AND room > :after_direct
            ORDER BY room LIMIT 1 OFFSET :skipped
        ) AS found
        """,
        {
            "user": user,
            "after": after,
            "after_direct": max(after, _AFTER_DIRECT),
            "direct": _DIRECT,
            "skipped": MAX_SEARCHED - 1,
        },
    )
    return min((name for (name,) in names), default=None)


SAMPLE_MESSAGES: Final = 32
"""Messages, evenly spread over a room's log, from whose lengths the room's size is estimated."""


def room_sizes(connection: Connection, after: str, limit: int) -> list[RoomSize]:
    rows = connection.execute(
        f"SELECT {ROOM} FROM rooms WHERE name > :after ORDER BY name LIMIT :limit",
        {"after": after, "limit": limit},
    ).fetchall()
    return [
        RoomSize(
            name=room.name,
            kind=room.kind,
            visibility=room.visibility,
            members=room.members,
            messages=room.head_seq - room.first_seq + 1,
            bytes=_estimate_bytes(connection, room),
            active_at=room.last_timestamp if room.head_seq else room.created_at,
        )
        for room in map(ROOM.value, rows)
    ]


def _estimate_bytes(connection: Connection, room: Room) -> int:
    messages = room.head_seq - room.first_seq + 1
    sampled = min(messages, SAMPLE_MESSAGES)
    if not sampled:
        return 0
    seqs = {room.first_seq + number * messages // sampled for number in range(sampled)}
    (total,) = connection.execute(
        f"""
        SELECT coalesce(sum(length(CAST(text AS BLOB))), 0) FROM messages
        WHERE room = :room AND seq {among("seqs")}
        """,
        {"room": room.name, "seqs": json_array(seqs)},
    ).fetchone()
    return int(total * messages // sampled)


def members(
    connection: Connection, room: str, after: str, limit: int, query: str | None = None
) -> MemberPage:
    version = connection.execute(
        "SELECT version FROM rooms WHERE name = :room", {"room": room}
    ).fetchone()
    where = {"room": room, "after": after, "limit": limit + 1, "searched": MAX_SEARCHED}
    if query is None:
        condition, last = "", None
    else:
        # One search stops there, so that one without matches costs no more than one with matches.
        last = connection.execute(
            """
            SELECT user FROM members WHERE room = :room AND user > :after
            ORDER BY user LIMIT 1 OFFSET :searched - 1
            """,
            where,
        ).fetchone()
        condition = """
            AND user <= :last
            AND EXISTS (
                SELECT 1 FROM users AS u
                WHERE u.name = members_now.user AND instr(u.words, :prefix) > 0
            )
        """
        where |= {"last": last[0] if last else _END, "prefix": prefix_of(query)}
    rows = connection.execute(
        f"""
        SELECT {MEMBER} FROM members_now
        WHERE room = :room AND user > :after {condition} ORDER BY user LIMIT :limit
        """,
        where,
    )
    found = tuple(map(MEMBER.value, rows))
    page = found[:limit]
    more = page[-1].user if len(found) > limit else last[0] if last else None
    return MemberPage(page, version[0] if version else 0, more)
