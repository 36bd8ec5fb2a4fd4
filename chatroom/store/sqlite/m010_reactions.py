"""Migration 10: reactions."""

import sqlite3
from typing import Final


def upgrade(connection: sqlite3.Connection) -> None:
    for statement in _STATEMENTS:
        connection.execute(statement)


_STATEMENTS: Final = (
    # By emoji and rev: a page of a list of reactions, and the first users of an emoji.
    """
    CREATE TABLE reactions (
        room TEXT NOT NULL,
        seq INTEGER NOT NULL,
        emoji TEXT NOT NULL,
        rev INTEGER NOT NULL, -- at which the user reacted
        user TEXT NOT NULL,
        PRIMARY KEY (room, seq, emoji, rev)
    ) STRICT, WITHOUT ROWID
    """,
    # A user's own reactions to the messages of a page.
    "CREATE UNIQUE INDEX reactions_by_user ON reactions (room, user, seq, emoji)",
    # JSON array of [emoji, count, [user]]
    "ALTER TABLE messages ADD COLUMN reactions TEXT",
    "DROP VIEW messages_now",
    """
    CREATE VIEW messages_now AS
    SELECT room, seq, coalesce(changed_rev, rev) AS rev, sender, text, timestamp, client_id,
           reply_to, edited_at, deleted, mentions, reactions, rev AS posted_rev
    FROM messages
    """,
)
