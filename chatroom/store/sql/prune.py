"""Pruning: which rooms have messages to prune, and deleting the oldest messages of a room, with
everything that belongs to them.
"""

import orjson

from . import incarnations, search_documents, sent_spans, thread_log
from .connection import Connection
from .log import log_head


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
    connection: Connection,
    keep_messages: int | None,
    before: int | None,
    after: str,
    limit: int,
) -> tuple[list[str], str | None]:
    rows = connection.execute(
        """
        SELECT r.name, r.head_seq - r.first_seq + 1 > :keep OR EXISTS (
            SELECT 1 FROM messages AS m
            WHERE m.room = r.name AND m.seq = r.first_seq AND m.timestamp < :before
        )
        FROM rooms AS r WHERE r.name > :after ORDER BY r.name LIMIT :limit
        """,
        {"keep": keep_messages, "before": before, "after": after, "limit": limit},
    ).fetchall()
    return [name for name, old in rows if old], rows[-1][0] if len(rows) == limit else None


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
