"""Threads of messages.

Messages in threads are sparse: the tables number them, so that the messages of the main log need no
numbers of their own. The place of a message in the main log is its seq minus the number of messages
in threads before it.
"""

from typing import Final

STATEMENTS: Final = (
    """
    CREATE TABLE threads (
        room TEXT NOT NULL,
        root INTEGER NOT NULL, -- the seq of the message below which it is
        count INTEGER NOT NULL, -- of its messages that are not pruned
        last_seq INTEGER NOT NULL,
        last_timestamp INTEGER NOT NULL,
        users TEXT NOT NULL, -- JSON array of the first who wrote in it
        PRIMARY KEY (room, root)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE thread_messages (
        room TEXT NOT NULL,
        root INTEGER NOT NULL,
        seq INTEGER NOT NULL,
        sender TEXT NOT NULL,
        number INTEGER NOT NULL, -- which message of all threads of the room it is, from 1
        place INTEGER NOT NULL, -- which message of its thread it is, from 1
        own INTEGER NOT NULL, -- which message of its sender in this thread it is, from 1
        PRIMARY KEY (room, root, seq)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE UNIQUE INDEX thread_messages_by_place ON thread_messages (room, root, place)",
    "CREATE UNIQUE INDEX thread_messages_by_seq ON thread_messages (room, seq, number)",
    # By the place of the last message of the main log before it.
    "CREATE INDEX thread_messages_by_gap ON thread_messages (room, (seq - number), number)",
    "CREATE INDEX thread_messages_by_sender ON thread_messages (room, root, sender, seq, own)",
    # By user first: an inbox reads all rows of a user.
    """
    CREATE TABLE followers (
        user TEXT NOT NULL,
        room TEXT NOT NULL,
        root INTEGER NOT NULL,
        read_seq INTEGER NOT NULL,
        PRIMARY KEY (user, room, root)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX followers_by_thread ON followers (room, root, user)",
    # Pruning raises lower cursors here, as in members_now.
    """
    CREATE VIEW followers_now AS
    SELECT f.user, f.room, f.root, max(f.read_seq, r.first_seq - 1) AS read_seq
    FROM followers AS f
    JOIN rooms AS r ON r.name = f.room
    """,
)
