"""Migration 11: pins."""

import sqlite3
from typing import Final


def upgrade(connection: sqlite3.Connection) -> None:
    for statement in _STATEMENTS:
        connection.execute(statement)


_STATEMENTS: Final = (
    "ALTER TABLE messages ADD COLUMN pinned_by TEXT",
    # A row for each pinned message. By rev, since a list begins with the last pin.
    """
    CREATE TABLE pins (
        room TEXT NOT NULL,
        rev INTEGER NOT NULL, -- at which it was pinned
        seq INTEGER NOT NULL,
        PRIMARY KEY (room, rev)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE UNIQUE INDEX pins_by_seq ON pins (room, seq)",
    "DROP VIEW messages_now",
    """
    CREATE VIEW messages_now AS
    SELECT room, seq, coalesce(changed_rev, rev) AS rev, sender, text, timestamp, client_id,
           reply_to, edited_at, deleted, mentions, reactions, pinned_by, rev AS posted_rev
    FROM messages
    """,
)
