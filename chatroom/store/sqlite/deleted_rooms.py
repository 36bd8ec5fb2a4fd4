"""Rooms that an operator deletes: at once for everybody, and then row by row.

The room's own row goes in the commit that retires its name, and every read of members, inboxes and
rooms starts from that row, so the rest is no longer seen. Erasing takes many short transactions
between those of others, and goes on where it was cut off.
"""

import sqlite3
from typing import Final

# Memberships first, since they are counted by quotas. A table with a column "room" belongs here;
# a test compares the list with the schema.
ERASED: Final[tuple[tuple[str, str], ...]] = (
    ("members", "user, room"),
    ("bans", "room, user"),
    ("room_incarnations", "room, incarnation"),
    ("mentions", "room, user, seq"),
    ("deletions", "room, seq"),
    ("changes", "room, rev"),
    ("messages", "room, seq"),
)
"""Tables with the columns that tell their rows apart."""


def retire(connection: sqlite3.Connection, room: str, at: int) -> None:
    """:raises LookupError: there is no such room."""
    cursor = connection.execute("DELETE FROM rooms WHERE name = :room", {"room": room})
    if cursor.rowcount != 1:
        raise LookupError(f"{room} does not exist")
    connection.execute(
        "INSERT INTO retired (name, at, erased) VALUES (:room, :at, 0)", {"room": room, "at": at}
    )


def erase(connection: sqlite3.Connection, most: int) -> bool:
    """See :meth:`chatroom.store.housekeeping.HousekeepingStore.erase_retired`."""
    row = connection.execute(
        "SELECT name FROM retired WHERE erased = 0 AND name > '' LIMIT 1"
    ).fetchone()
    if row is None:
        return False
    (room,) = row
    left = most
    for table, key in ERASED:
        left -= connection.execute(
            f"""
            DELETE FROM {table}
            WHERE ({key}) IN (SELECT {key} FROM {table} WHERE room = :room LIMIT :left)
            """,
            {"room": room, "left": left},
        ).rowcount
        if left <= 0:
            return True
    connection.execute("UPDATE retired SET erased = 1 WHERE name = :room", {"room": room})
    return True
