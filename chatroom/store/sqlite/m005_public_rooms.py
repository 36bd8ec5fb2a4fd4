"""Migration 5: an index of public rooms.

With it, listing rooms does not scan private and direct rooms, and a search reads only the index.
"""

import sqlite3


def upgrade(connection: sqlite3.Connection) -> None:
    connection.execute(
        """
        CREATE INDEX rooms_public ON rooms (name, search)
        WHERE kind = 'room' AND visibility = 'public'
        """
    )
