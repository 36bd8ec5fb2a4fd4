"""Migration 2: messages get an id, and rooms record which incarnation wrote what."""

import logging
import sqlite3
from typing import Final

logger = logging.getLogger(__name__)


def upgrade(connection: sqlite3.Connection) -> None:
    (newest,) = connection.execute("SELECT max(rowid) FROM messages").fetchone()
    if newest is not None:
        logger.warning(
            "the database is of an earlier version: copying up to %d messages; meanwhile it takes"
            " about twice its space on the disk",
            newest,
        )
    connection.execute("DROP VIEW messages_now")
    connection.execute(_MESSAGES_WITH_ID)
    connection.execute(
        f"INSERT INTO messages_with_id (id, {_OF_MESSAGES})"
        f" SELECT rowid, {_OF_MESSAGES} FROM messages ORDER BY rowid"
    )
    connection.execute("DROP TABLE messages")
    connection.execute("ALTER TABLE messages_with_id RENAME TO messages")
    connection.execute(MESSAGES_BY_CLIENT_ID)
    connection.execute(MESSAGES_NOW)
    connection.execute("UPDATE meta SET name = 'data_set' WHERE name = 'epoch'")
    connection.execute(
        "CREATE TABLE incarnations (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE) STRICT"
    )
    # The epoch of the cursors that clients have by now is the data set's id.
    connection.execute(
        "INSERT INTO incarnations (id) SELECT value FROM meta WHERE name = 'data_set'"
    )
    # By room first: a room has few rows, and they are read together.
    connection.execute(
        """
        CREATE TABLE room_incarnations (
            room TEXT NOT NULL,
            incarnation INTEGER NOT NULL, -- its number
            first_rev INTEGER NOT NULL, -- that it wrote in the room
            PRIMARY KEY (room, incarnation)
        ) STRICT, WITHOUT ROWID
        """
    )
    # The number of the last incarnation that wrote a rev in the room.
    connection.execute("ALTER TABLE rooms ADD COLUMN incarnation INTEGER NOT NULL DEFAULT 0")


_OF_MESSAGES: Final = (
    "room, seq, rev, sender, text, timestamp, client_id, text_hash, reply_to, changed_rev,"
    " edited_at, deleted, mentions"
)
_MESSAGES_WITH_ID: Final = """
    CREATE TABLE messages_with_id (
        id INTEGER PRIMARY KEY, -- in the order of commits
        room TEXT NOT NULL,
        seq INTEGER NOT NULL,
        rev INTEGER NOT NULL, -- at posting; never changes
        sender TEXT NOT NULL,
        text TEXT NOT NULL,
        timestamp INTEGER NOT NULL,
        client_id TEXT,
        text_hash BLOB, -- of the first text, whatever became of it
        reply_to INTEGER,
        changed_rev INTEGER, -- of the last change
        edited_at INTEGER,
        deleted INTEGER NOT NULL,
        mentions TEXT, -- JSON array
        UNIQUE (room, seq)
    ) STRICT
"""
MESSAGES_BY_CLIENT_ID: Final = """
    CREATE UNIQUE INDEX messages_by_client_id ON messages (client_id, sender)
    WHERE client_id IS NOT NULL
"""
MESSAGES_NOW: Final = """
    CREATE VIEW messages_now AS
    SELECT room, seq, coalesce(changed_rev, rev) AS rev, sender, text, timestamp, client_id,
           reply_to, edited_at, deleted, mentions, rev AS posted_rev
    FROM messages
"""
