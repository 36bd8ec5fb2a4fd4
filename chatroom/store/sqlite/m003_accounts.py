"""Migration 3: ids and labels of tokens, and keys by which lookalike names are found.

Migration 15 fills in the keys.
"""

import sqlite3
from typing import Final


def upgrade(connection: sqlite3.Connection) -> None:
    for statement in _STATEMENTS:
        connection.execute(statement)


_STATEMENTS: Final = (
    "ALTER TABLE tokens ADD COLUMN id TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE tokens ADD COLUMN label TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE tokens ADD COLUMN last_used_at INTEGER",
    "UPDATE tokens SET id = lower(hex(randomblob(8)))",
    "CREATE UNIQUE INDEX tokens_by_id ON tokens (id)",
    "ALTER TABLE users ADD COLUMN lookalike INTEGER NOT NULL DEFAULT 0",
    """
    CREATE TABLE looks (
        look TEXT NOT NULL, -- a key of chatroom.names.lookalikes
        user TEXT NOT NULL,
        PRIMARY KEY (look, user)
    ) STRICT, WITHOUT ROWID
    """,
    "DROP VIEW members_now",
    # Pruning raises lower cursors here, in the view, instead of updating a row per member.
    """
    CREATE VIEW members_now AS
    SELECT m.room, m.user, coalesce(u.display_name, m.user) AS display_name, m.role, m.joined_at,
           max(m.read_seq, r.first_seq - 1) AS read_seq, m.sent, m.sent_read, m.level,
           coalesce(u.lookalike, 0) AS lookalike
    FROM members AS m
    JOIN rooms AS r ON r.name = m.room
    LEFT JOIN users AS u ON u.name = m.user
    """,
)
