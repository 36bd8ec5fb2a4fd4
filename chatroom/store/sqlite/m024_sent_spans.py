"""Migration 24: how many messages each account has sent in each span of a room. See
:mod:`.sent_spans`.
"""

import sqlite3
from typing import Final


def upgrade(connection: sqlite3.Connection) -> None:
    for statement in _STATEMENTS:
        connection.execute(statement)


_STATEMENTS: Final = (
    """
    CREATE TABLE sent_spans (
        room TEXT NOT NULL,
        sender TEXT NOT NULL,
        span INTEGER NOT NULL, -- (seq - 1) / 1000
        before INTEGER NOT NULL, -- the sum of count in earlier rows of the sender, pruned ones too
        count INTEGER NOT NULL, -- of the sender's messages of the main log in the span
        PRIMARY KEY (room, sender, span)
    ) STRICT, WITHOUT ROWID
    """,
    """
    INSERT INTO sent_spans (room, sender, span, before, count)
    SELECT room, sender, span,
           sum(count) OVER (PARTITION BY room, sender ORDER BY span) - count, count
    FROM (
        SELECT m.room, m.sender, (m.seq - 1) / 1000 AS span, count(*) AS count
        FROM messages AS m JOIN rooms AS r ON r.name = m.room
        WHERE m.thread IS NULL AND m.seq <= r.head_seq / 1000 * 1000
        GROUP BY 1, 2, 3
    )
    """,
)
