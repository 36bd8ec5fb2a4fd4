"""The fifth migration: a list of rooms passes no private and no direct room; a query reads nothing
but the index.
"""

import sqlite3


def upgrade(connection: sqlite3.Connection) -> None:
    connection.execute(
        """
        CREATE INDEX rooms_public ON rooms (name, search)
        WHERE kind = 'room' AND visibility = 'public'
        """
    )
