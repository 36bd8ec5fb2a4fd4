"""Pruning: which rooms have messages to prune, and deleting the oldest messages of a room, with
everything that belongs to them.
"""

import orjson

from ...clock import DAY_MS
from ...model import AuditEntry, JsonObject
from ...protocol.constraints import json_object
from ..administration import Act, Denial
from ..housekeeping import Kept, Prunable, Retention
from . import incarnations, search_documents, sent_spans, thread_log
from .administration import is_admin
from .audit_rows import add
from .connection import Connection
from .log import MAX_REV, log_head


def prune(connection: Connection, room: str, through: int) -> None:
    """Delete the messages up to and including seq ``through``. Runs in the writer's transaction.

    The cost grows with the messages deleted, not with the members: lower cursors are raised by the
    view ``members_now``. Only the rows of members who sent some of these messages, above their
    cursors, are updated, because their messages could not be counted later.
    """
    where = {"room": room, "through": through}
    last = connection.execute(
        "SELECT rev FROM messages WHERE room = :room AND seq = :through", where
    ).fetchone()
    if last is None:
        return
    (rev,) = last
    _count_own(connection, room, through)
    mentions = connection.execute(
        """
        SELECT DISTINCT mentions FROM messages
        WHERE room = :room AND seq <= :through AND mentions IS NOT NULL
        """,
        where,
    )
    mentioned = {user for (users,) in mentions for user in orjson.loads(users)}
    connection.executemany(
        "DELETE FROM mentions WHERE room = :room AND user = :user AND seq <= :through",
        [{**where, "user": user} for user in mentioned],
    )
    # Changes from the rev of the last deleted message on are kept: a resume from there is still
    # possible, and needs the seq of each rev.
    connection.execute(
        "DELETE FROM changes WHERE room = :room AND rev < :rev", {"room": room, "rev": rev}
    )
    connection.execute("DELETE FROM deletions WHERE room = :room AND seq <= :through", where)
    connection.execute("DELETE FROM reactions WHERE room = :room AND seq <= :through", where)
    connection.execute("DELETE FROM pins WHERE room = :room AND seq <= :through", where)
    connection.execute("DELETE FROM uploads WHERE room = :room AND seq <= :through", where)
    search_documents.remove(connection, room, through)
    sent_spans.prune(connection, room, through)
    connection.execute("DELETE FROM messages WHERE room = :room AND seq <= :through", where)
    incarnations.prune(connection, room, rev)
    (first,) = connection.execute(
        "SELECT first_seq FROM rooms WHERE name = :room", where
    ).fetchone()
    threaded = thread_log.prune(connection, room, first, through)
    connection.execute(
        """
        UPDATE rooms SET first_seq = :through + 1, pruned_threaded = :threaded WHERE name = :room
        """,
        {**where, "threaded": threaded},
    )


def _count_own(connection: Connection, room: str, through: int) -> None:
    own = connection.execute(
        """
        SELECT count(*), m.user
        FROM messages AS s JOIN members AS m ON m.user = s.sender AND m.room = s.room
        WHERE s.room = :room AND s.seq <= :through AND s.seq > m.read_seq AND s.thread IS NULL
        GROUP BY m.user
        """,
        {"room": room, "through": through},
    ).fetchall()
    connection.executemany(
        """
        UPDATE members SET read_seq = :through, sent_read = sent_read + :count
        WHERE user = :user AND room = :room
        """,
        [{"room": room, "user": user, "through": through, "count": count} for count, user in own],
    )


# ---- what to prune


def prunable(
    connection: Connection, kept: Kept, after: str, limit: int
) -> tuple[list[Prunable], str | None]:
    rows = connection.execute(
        """
        SELECT r.name, t.days, t.messages, r.head_seq - r.first_seq + 1, (
            SELECT m.timestamp FROM messages AS m WHERE m.room = r.name AND m.seq = r.first_seq
        )
        FROM rooms AS r LEFT JOIN retention AS t ON t.room = r.name
        WHERE r.name > :after ORDER BY r.name LIMIT :limit
        """,
        {"after": after, "limit": limit},
    ).fetchall()
    found = []
    for name, days, messages, count, oldest in rows:
        room = _kept_by(kept, name, days, messages)
        many = room.messages is not None and count > room.messages
        if many or (room.before is not None and oldest is not None and oldest < room.before):
            found.append(room)
    return found, rows[-1][0] if len(rows) == limit else None


def _kept_by(kept: Kept, room: str, days: int | None, messages: int | None) -> Prunable:
    """Combine the server's settings with those of a room: the one that keeps less counts."""
    days = min((each for each in (days, kept.days) if each is not None), default=None)
    messages = min((each for each in (messages, kept.messages) if each is not None), default=None)
    return Prunable(room, messages, None if days is None else kept.now - days * DAY_MS)


def retention(
    connection: Connection, kept: Kept, after: str, limit: int
) -> tuple[list[Retention], str | None]:
    rows = connection.execute(
        """
        SELECT r.name, t.days, t.messages, r.first_seq
        FROM rooms AS r LEFT JOIN retention AS t ON t.room = r.name
        WHERE r.name > :after ORDER BY r.name LIMIT :limit
        """,
        {"after": after, "limit": limit},
    ).fetchall()
    found = []
    for name, days, messages, first in rows:
        room = _kept_by(kept, name, days, messages)
        through = prune_point(connection, name, room.messages, room.before, MAX_REV - first)
        times = (None, None)
        if through:
            times = connection.execute(
                """
                SELECT min(timestamp), max(timestamp) FROM messages
                WHERE room = :room AND seq IN (:first, :through)
                """,
                {"room": name, "first": first, "through": through},
            ).fetchone()
        count = through - first + 1 if through else 0
        found.append(Retention(name, days, messages, count, *times))
    return found, rows[-1][0] if len(rows) == limit else None


def own_retention(connection: Connection, room: str) -> tuple[int | None, int | None] | None:
    row = connection.execute(
        """
        SELECT t.days, t.messages FROM rooms AS r LEFT JOIN retention AS t ON t.room = r.name
        WHERE r.name = :room
        """,
        {"room": room},
    ).fetchone()
    return None if row is None else (row[0], row[1])


def set_retention(
    connection: Connection, room: str, days: int | None, messages: int | None, act: Act
) -> Denial | None:
    where = {"room": room, "days": days, "messages": messages}
    if act.by is not None and not is_admin(connection, act.by):
        return "forbidden"
    if not connection.execute("SELECT 1 FROM rooms WHERE name = :room", where).fetchone():
        return "not_found"
    was = connection.execute(
        "SELECT days, messages FROM retention WHERE room = :room", where
    ).fetchone()
    if (was or (None, None)) == (days, messages):
        return None
    connection.execute("DELETE FROM retention WHERE room = :room", where)
    if (days, messages) != (None, None):
        connection.execute(
            "INSERT INTO retention (room, days, messages) VALUES (:room, :days, :messages)", where
        )
    own = {"days": days, "messages": messages}
    known = {name: value for name, value in own.items() if value is not None}
    details = JsonObject(json_object(known)) if known else None
    add(connection, AuditEntry(act.at, "setRetention", act.by, room, None, details))
    return None


def note_pruned(connection: Connection, rooms: int, messages: int, at: int) -> None:
    details = JsonObject(json_object({"rooms": rooms, "count": messages}))
    add(connection, AuditEntry(at, "prune", details=details))


def prune_point(
    connection: Connection,
    room: str,
    keep_messages: int | None,
    before: int | None,
    limit: int,
) -> int:
    log = log_head(connection, room)
    last = min(log.first_seq + limit - 1, log.head_seq)
    through = 0
    if keep_messages is not None:
        through = min(log.head_seq - keep_messages, last)
    if before is not None and through < last:
        # Timestamps in a room never decrease, so the old messages are a prefix of the log.
        (old,) = connection.execute(
            """
            SELECT max(seq) FROM messages
            WHERE room = :room AND seq BETWEEN :first AND :last AND timestamp < :before
            """,
            {"room": room, "first": log.first_seq, "last": last, "before": before},
        ).fetchone()
        through = max(through, old or 0)
    return through if through >= log.first_seq else 0
