"""Migration 9: settings of rooms, and the times that slow mode needs."""

import sqlite3
from typing import Final


def upgrade(connection: sqlite3.Connection) -> None:
    for statement in _STATEMENTS:
        connection.execute(statement)


_STATEMENTS: Final = (
    "ALTER TABLE rooms ADD COLUMN posting TEXT NOT NULL DEFAULT 'all'",
    "ALTER TABLE rooms ADD COLUMN inviting TEXT NOT NULL DEFAULT 'moderators'",
    "ALTER TABLE rooms ADD COLUMN slow_mode_s INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE rooms ADD COLUMN archived INTEGER NOT NULL DEFAULT 0",
    # When members last sent, in rooms that were in slow mode then.
    """
    CREATE TABLE slow_mode (
        room TEXT NOT NULL,
        user TEXT NOT NULL,
        at INTEGER NOT NULL,
        PRIMARY KEY (room, user)
    ) STRICT, WITHOUT ROWID
    """,
)
