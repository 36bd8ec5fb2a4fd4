"""How many messages of the main log each account has sent in each span of a room's seqs.

A span has :data:`SPAN_SEQS` seqs. The post of its last seq counts it, once, so a message writes
nothing here. Counting one account's messages between two seqs reads the messages of two spans at
most, and two rows for all spans in between.
"""

from typing import Final

from .connection import Connection

SPAN_SEQS: Final = 1_000
"""Rows are stored by it, so another value needs a migration."""


def count_span(connection: Connection, room: str, last: int) -> None:
    """Count the span that ends with seq ``last``. Its messages are written already."""
    connection.execute(
        """
        INSERT INTO sent_spans (room, sender, span, before, count)
        SELECT :room, sender, :span, coalesce((
            SELECT s.before + s.count FROM sent_spans AS s
            WHERE s.room = :room AND s.sender = messages.sender ORDER BY s.span DESC LIMIT 1
        ), 0), count(*)
        FROM messages
        WHERE room = :room AND seq > :last - :size AND seq <= :last AND thread IS NULL
        GROUP BY sender
        """,
        {"room": room, "span": _span(last), "last": last, "size": SPAN_SEQS},
    )


def count_sent(connection: Connection, room: str, user: str, after: int, through: int) -> int:
    """Count the user's messages of the main log with ``after < seq <= through``, of which none is
    pruned."""
    first, last = _span(after + 1), _span(through)
    (sent,) = connection.execute(
        """
        SELECT (
            SELECT count(*) FROM messages
            WHERE room = :room AND seq > :after AND seq <= :low AND sender = :user
              AND thread IS NULL
        ) + (
            SELECT count(*) FROM messages
            WHERE room = :room AND seq > :high AND seq <= :through AND sender = :user
              AND thread IS NULL
        ) + coalesce((
            SELECT before + count FROM sent_spans
            WHERE room = :room AND sender = :user AND span > :first AND span < :last
            ORDER BY span DESC LIMIT 1
        ) - (
            SELECT before FROM sent_spans
            WHERE room = :room AND sender = :user AND span > :first AND span < :last
            ORDER BY span LIMIT 1
        ), 0)
        """,
        {
            "room": room,
            "user": user,
            "after": after,
            "through": through,
            "first": first,
            "last": last,
            "low": min((first + 1) * SPAN_SEQS, through),
            "high": last * SPAN_SEQS if first < last else through,
        },
    ).fetchone()
    return int(sent)


def prune(connection: Connection, room: str, through: int) -> None:
    """Delete the rows for messages that are about to be pruned, up to seq ``through``.

    Counts begin after pruned messages, and need rows of whole spans alone. So the row for a span
    of which some messages are kept is not needed either.
    """
    connection.execute(
        """
        DELETE FROM sent_spans
        WHERE room = :room AND span <= :span AND sender IN (
            SELECT DISTINCT sender FROM messages WHERE room = :room AND seq <= :through
        )
        """,
        {"room": room, "span": _span(through), "through": through},
    )


def wrong_spans(size: int = SPAN_SEQS) -> str:
    """Return a query that finds rooms whose rows differ from a count of their messages.

    :param size: the seqs of a span.
    """
    return f"""
        WITH whole AS (
                 -- Spans that are complete, and of which nothing is pruned.
                 SELECT name AS room, (first_seq - 2 + {size}) / {size} AS first,
                        head_seq / {size} - 1 AS last
                 FROM rooms
             ),
             found AS (
                 SELECT w.room, m.sender, (m.seq - 1) / {size} AS span, count(*) AS count
                 FROM whole AS w JOIN messages AS m ON m.room = w.room
                 WHERE m.thread IS NULL AND (m.seq - 1) / {size} BETWEEN w.first AND w.last
                 GROUP BY 1, 2, 3
             ),
             kept AS (
                 SELECT s.* FROM whole AS w JOIN sent_spans AS s ON s.room = w.room
                 WHERE s.span >= w.first
             )
        SELECT room FROM (
            SELECT * FROM found EXCEPT SELECT room, sender, span, count FROM kept
        ) AS more
        UNION SELECT room FROM (
            SELECT room, sender, span, count FROM kept EXCEPT SELECT * FROM found
        ) AS less
        UNION SELECT room FROM (
            SELECT room, before - lag(before + count) OVER (
                PARTITION BY room, sender ORDER BY span
            ) AS missing
            FROM kept
        ) AS summed WHERE missing <> 0
    """


def _span(seq: int) -> int:
    return (seq - 1) // SPAN_SEQS
