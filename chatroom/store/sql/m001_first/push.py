"""Endpoints of push services, and the notifications that wait for them."""

from typing import Final

STATEMENTS: Final = (
    # Ids are never used again, since notifications in flight are known by them.
    """
    CREATE TABLE push_endpoints (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        user TEXT NOT NULL,
        url TEXT NOT NULL UNIQUE,
        host TEXT NOT NULL,
        p256dh TEXT NOT NULL,
        auth TEXT NOT NULL,
        token_id TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        failures INTEGER NOT NULL DEFAULT 0,
        failing_since INTEGER,
        retry_at INTEGER NOT NULL DEFAULT 0
    ) STRICT
    """,
    "CREATE INDEX push_endpoints_by_user ON push_endpoints (user)",
    """
    CREATE TABLE push_notifications (
        endpoint INTEGER NOT NULL,
        room TEXT NOT NULL,
        seq INTEGER NOT NULL,
        PRIMARY KEY (endpoint, room, seq)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX push_notifications_by_room ON push_notifications (room)",
)
