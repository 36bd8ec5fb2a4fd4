"""Migration 13: the words of people's names, by which they are found."""

import sqlite3

from ...names.words import words_of


def upgrade(connection: sqlite3.Connection) -> None:
    connection.execute("ALTER TABLE users ADD COLUMN words TEXT NOT NULL DEFAULT ''")
    users = connection.execute("SELECT name, display_name FROM users").fetchall()
    connection.executemany(
        "UPDATE users SET words = :words WHERE name = :name",
        [{"name": name, "words": words_of(name, display_name)} for name, display_name in users],
    )
