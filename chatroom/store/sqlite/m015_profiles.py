"""Migration 15: statuses, settings of accounts, and which of lookalike names was there first."""

import sqlite3
from typing import Final

from .looks import add_looks


def upgrade(connection: sqlite3.Connection) -> None:
    for statement in _STATEMENTS:
        connection.execute(statement)
    users = connection.execute("SELECT name, display_name FROM users ORDER BY created_at, name")
    for name, display_name in users.fetchall():
        add_looks(connection, name, display_name)


_STATEMENTS: Final = (
    "ALTER TABLE users ADD COLUMN status_text TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE users ADD COLUMN status_emoji TEXT",
    "ALTER TABLE users ADD COLUMN status_until INTEGER",
    "CREATE INDEX users_by_status_end ON users (status_until) WHERE status_until IS NOT NULL",
    "DELETE FROM looks",
    # Another account had this look first, or it is reserved.
    "ALTER TABLE looks ADD COLUMN taken INTEGER NOT NULL DEFAULT 0",
    "CREATE INDEX looks_by_user ON looks (user)",
    """
    CREATE TABLE account_settings (
        user TEXT PRIMARY KEY,
        number INTEGER NOT NULL,
        settings TEXT NOT NULL -- JSON object
    ) STRICT, WITHOUT ROWID
    """,
    # The last write of each kind of an account. A number is never used again.
    """
    CREATE TABLE account_news (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        user TEXT NOT NULL,
        kind TEXT NOT NULL,
        UNIQUE (user, kind)
    ) STRICT
    """,
)
