"""Migration 8: ends and reasons of bans, and muted people."""

import sqlite3
from typing import Final


def upgrade(connection: sqlite3.Connection) -> None:
    for statement in _STATEMENTS:
        connection.execute(statement)


_STATEMENTS: Final = (
    "ALTER TABLE bans ADD COLUMN until INTEGER",  # NULL: without an end
    "ALTER TABLE bans ADD COLUMN reason TEXT NOT NULL DEFAULT ''",
    # People who may not write in a room, members or not.
    """
    CREATE TABLE mutes (
        room TEXT NOT NULL,
        user TEXT NOT NULL,
        by TEXT NOT NULL,
        at INTEGER NOT NULL,
        until INTEGER,
        reason TEXT NOT NULL,
        PRIMARY KEY (room, user)
    ) STRICT, WITHOUT ROWID
    """,
)
