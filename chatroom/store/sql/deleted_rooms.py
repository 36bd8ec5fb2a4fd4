"""Deletion of rooms: in one commit for all readers, then the rows in slices.

The room's own row is deleted in the commit that retires its name. All queries of members, inboxes
and rooms start from that row, so the remaining rows are not visible any more. They are erased in
many short transactions between other writes. Erasing continues after a restart.
"""

from typing import Final

from .connection import Connection

# Memberships first, because quotas count them. Each table with a column "room" belongs here; a test
# compares the list with the schema.
ERASED: Final[tuple[tuple[str, str], ...]] = (
    ("members", "user, room"),
    ("bans", "room, user"),
    ("mutes", "room, user"),
    ("slow_mode", "room, user"),
    ("room_incarnations", "room, incarnation"),
    ("consumer_cursors", "room, consumer"),
    ("retention", "room"),
    ("followers", "user, room, root"),
    ("threads", "room, root"),
    ("thread_messages", "room, root, seq"),
    ("mentions", "room, user, seq"),
    ("reactions", "room, seq, emoji, rev"),
    ("pins", "room, rev"),
    ("uploads", "id"),
    ("deletions", "room, seq"),
    ("sent_spans", "room, sender, span"),
    ("changes", "room, rev"),
    ("push_notifications", "endpoint, room, seq"),
    ("search_documents", "room, seq"),
    ("messages", "room, seq"),
)
"""Tables to erase, with the columns of their keys."""
KEPT: Final = frozenset({"audit", "invitations"})
"""Tables with a column "room" that keep what they have of deleted rooms."""


def retire(connection: Connection, room: str, at: int) -> None:
    """Delete the room's row and retire its name.

    :raises LookupError: the room does not exist.
    """
    cursor = connection.execute("DELETE FROM rooms WHERE name = :room", {"room": room})
    if cursor.rowcount != 1:
        raise LookupError(f"{room} does not exist")
    connection.execute(
        "INSERT INTO retired (name, at, erased) VALUES (:room, :at, FALSE)",
        {"room": room, "at": at},
    )


def erase(connection: Connection, limit: int) -> bool:
    """See :meth:`chatroom.store.housekeeping.HousekeepingStore.erase_retired`."""
    row = connection.execute(
        "SELECT name FROM retired WHERE erased = FALSE AND name > '' LIMIT 1"
    ).fetchone()
    if row is None:
        return False
    (room,) = row
    left = limit
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
    connection.execute("UPDATE retired SET erased = TRUE WHERE name = :room", {"room": room})
    return True
