"""Migration 4: blocks, counts for quotas, and deleted rooms."""

import sqlite3
from typing import Final


def upgrade(connection: sqlite3.Connection) -> None:
    for statement in _STATEMENTS:
        connection.execute(statement)


_STATEMENTS: Final = (
    # Users whose messages and invitations are refused.
    """
    CREATE TABLE blocks (
        user TEXT NOT NULL, -- who blocks
        blocked TEXT NOT NULL,
        at INTEGER NOT NULL,
        PRIMARY KEY (user, blocked)
    ) STRICT, WITHOUT ROWID
    """,
    # By day first, because old days are deleted as one range.
    """
    CREATE TABLE usage (
        day INTEGER NOT NULL, -- of UTC, since the epoch
        user TEXT NOT NULL, -- '*' for the server
        kind TEXT NOT NULL,
        count INTEGER NOT NULL,
        PRIMARY KEY (day, user, kind)
    ) STRICT, WITHOUT ROWID
    """,
    # These rows are never deleted, because names are never reused.
    """
    CREATE TABLE retired (
        name TEXT PRIMARY KEY,
        at INTEGER NOT NULL,
        erased INTEGER NOT NULL -- whether nothing of the room is left
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX retired_to_erase ON retired (name) WHERE erased = 0",
    # The account whose quota the room counts against.
    "ALTER TABLE rooms ADD COLUMN creator TEXT",
    "CREATE INDEX rooms_by_creator ON rooms (creator) WHERE creator IS NOT NULL",
)
