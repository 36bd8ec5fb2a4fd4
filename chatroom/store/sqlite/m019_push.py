"""Migration 19: endpoints of push services, the notifications that wait for them, and the key by
which those services know this server."""

import secrets
import sqlite3
from base64 import urlsafe_b64encode
from typing import Final

P256_ORDER: Final = 0xFFFFFFFF_00000000_FFFFFFFF_FFFFFFFF_BCE6FAAD_A7179E84_F3B9CAC2_FC632551


def upgrade(connection: sqlite3.Connection) -> None:
    for statement in _STATEMENTS:
        connection.execute(statement)
    # A private key of the curve is any number below its order, so that no library is needed here.
    key = (secrets.randbelow(P256_ORDER - 1) + 1).to_bytes(32)
    connection.execute(
        "INSERT INTO meta (name, value) VALUES ('push_key', :key)",
        {"key": urlsafe_b64encode(key).rstrip(b"=").decode()},
    )


_STATEMENTS: Final = (
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
