"""Migration 18: accounts whose rooms may need another owner, at first all disabled ones."""

import sqlite3


def upgrade(connection: sqlite3.Connection) -> None:
    connection.execute(
        """
        CREATE TABLE handovers (
            user TEXT PRIMARY KEY,
            number INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID
        """
    )
    connection.execute("INSERT INTO handovers SELECT name, 1 FROM users WHERE disabled")
