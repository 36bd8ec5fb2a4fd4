"""The sixth migration: messages can be pinned."""

import sqlite3

MESSAGES_NOW = """
    CREATE VIEW messages_now AS
    SELECT room, seq, coalesce(changed_rev, rev) AS rev, sender, text, timestamp, client_id,
           reply_to, edited_at, deleted, mentions, pinned, rev AS posted_rev
    FROM messages
"""


def upgrade(connection: sqlite3.Connection) -> None:
    connection.execute("ALTER TABLE messages ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0")
    connection.execute("DROP VIEW messages_now")
    connection.execute(MESSAGES_NOW)
