"""Migration 6: log consumers, and their cursors."""

import sqlite3
from typing import Final


def upgrade(connection: sqlite3.Connection) -> None:
    for statement in _STATEMENTS:
        connection.execute(statement)


_STATEMENTS: Final = (
    "CREATE TABLE consumers (name TEXT PRIMARY KEY) STRICT, WITHOUT ROWID",
    # A missing row is rev 0. By room first, because a deleted room's rows are erased together, and
    # a scan of all rooms finds its cursors in the same order.
    """
    CREATE TABLE consumer_cursors (
        room TEXT NOT NULL,
        consumer TEXT NOT NULL,
        rev INTEGER NOT NULL, -- up to which the consumer has handled the room's log
        PRIMARY KEY (room, consumer)
    ) STRICT, WITHOUT ROWID
    """,
)
