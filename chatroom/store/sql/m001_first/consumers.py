"""Log consumers, and their cursors."""

from typing import Final

STATEMENTS: Final = (
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
