"""Migration 23: avatars. Such an upload has an empty name in place of a room."""

import sqlite3


def upgrade(connection: sqlite3.Connection) -> None:
    connection.execute("ALTER TABLE users ADD COLUMN avatar TEXT")
