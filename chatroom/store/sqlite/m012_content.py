"""Migration 12: the format, type and data of messages."""

import sqlite3
from typing import Final


def upgrade(connection: sqlite3.Connection) -> None:
    for statement in _STATEMENTS:
        connection.execute(statement)


_STATEMENTS: Final = (
    "ALTER TABLE messages ADD COLUMN format TEXT",  # NULL: markdown
    "ALTER TABLE messages ADD COLUMN type TEXT",
    "ALTER TABLE messages ADD COLUMN data TEXT",  # a JSON object in its canonical form
    "DROP VIEW messages_now",
    """
    CREATE VIEW messages_now AS
    SELECT room, seq, coalesce(changed_rev, rev) AS rev, sender, text, timestamp, client_id,
           reply_to, edited_at, deleted, mentions, reactions, pinned_by, format, type, data,
           rev AS posted_rev
    FROM messages
    """,
)
