"""Migration 16: admins of the server, and invitations by link."""

import sqlite3
from typing import Final


def upgrade(connection: sqlite3.Connection) -> None:
    for statement in _STATEMENTS:
        connection.execute(statement)


_STATEMENTS: Final = (
    "ALTER TABLE users ADD COLUMN role TEXT NOT NULL DEFAULT 'member'",
    "CREATE INDEX admins ON users (name) WHERE role = 'admin'",
    """
    CREATE TABLE invitations (
        id TEXT PRIMARY KEY,
        digest BLOB NOT NULL UNIQUE,
        by TEXT,
        created_at INTEGER NOT NULL,
        expires_at INTEGER,
        max_uses INTEGER,
        uses INTEGER NOT NULL,
        server INTEGER NOT NULL,
        room TEXT,
        role TEXT NOT NULL,
        revoked_at INTEGER
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX invitations_by_time ON invitations (created_at DESC, id)",
    "CREATE INDEX invitations_by_room ON invitations (room, created_at DESC, id)",
    "CREATE INDEX invitations_by_inviter ON invitations (by, created_at DESC, id)",
    # Who has come by which invitation, in this order.
    """
    CREATE TABLE invitation_uses (
        invitation TEXT NOT NULL,
        user TEXT NOT NULL,
        place INTEGER NOT NULL,
        at INTEGER NOT NULL,
        PRIMARY KEY (invitation, user)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE UNIQUE INDEX invitation_uses_by_place ON invitation_uses (invitation, place)",
)
