"""Migration 1: the tables and views of the first version."""

import sqlite3
from typing import Final

from .incarnations import new_id
from .m002_incarnations import MESSAGES_BY_CLIENT_ID, MESSAGES_NOW


def upgrade(connection: sqlite3.Connection) -> None:
    for statement in (*_TABLES, *_VIEWS):
        connection.execute(statement)
    connection.execute("INSERT INTO meta (name, value) VALUES ('epoch', :id)", {"id": new_id()})


_TABLES: Final = (
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID",
    """
    CREATE TABLE rooms (
        name TEXT PRIMARY KEY,
        kind TEXT NOT NULL,
        visibility TEXT NOT NULL,
        title TEXT NOT NULL,
        topic TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        head_seq INTEGER NOT NULL,
        head_rev INTEGER NOT NULL,
        first_seq INTEGER NOT NULL,
        last_timestamp INTEGER NOT NULL,
        members INTEGER NOT NULL,
        search TEXT NOT NULL -- the title, casefolded
    ) STRICT, WITHOUT ROWID
    """,
    # By user first: an inbox reads all rows of a user, listMembers only a page of a room's rows.
    """
    CREATE TABLE members (
        user TEXT NOT NULL,
        room TEXT NOT NULL,
        role TEXT NOT NULL,
        joined_at INTEGER NOT NULL,
        read_seq INTEGER NOT NULL,
        sent INTEGER NOT NULL,
        sent_read INTEGER NOT NULL,
        level TEXT NOT NULL,
        PRIMARY KEY (user, room)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX members_by_name ON members (room, user)",
    "CREATE INDEX members_by_standing ON members (room, role, joined_at, user)",
    """
    CREATE TABLE bans (
        room TEXT NOT NULL,
        user TEXT NOT NULL,
        by TEXT NOT NULL,
        at INTEGER NOT NULL,
        PRIMARY KEY (room, user)
    ) STRICT, WITHOUT ROWID
    """,
    # Rows are appended in the order of commits. In the order of (room, seq), or with an index by
    # sender or rev, a group of many rooms would write one page per row.
    """
    CREATE TABLE messages (
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
    """,
    MESSAGES_BY_CLIENT_ID,
    # One row per mention that counts: none for a mention that was deleted or edited away.
    """
    CREATE TABLE mentions (
        room TEXT NOT NULL,
        user TEXT NOT NULL, -- 'room' for everyone
        seq INTEGER NOT NULL,
        sender TEXT NOT NULL,
        PRIMARY KEY (room, user, seq)
    ) STRICT, WITHOUT ROWID
    """,
    # A rev without a row here is a post. Its seq is the rev minus the number of changes before it.
    """
    CREATE TABLE changes (
        room TEXT NOT NULL,
        rev INTEGER NOT NULL,
        ordinal INTEGER NOT NULL, -- which change of the room it is, from 1
        seq INTEGER NOT NULL,
        kind TEXT NOT NULL,
        PRIMARY KEY (room, rev)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE deletions (
        room TEXT NOT NULL,
        seq INTEGER NOT NULL,
        sender TEXT NOT NULL, -- of the message
        PRIMARY KEY (room, seq)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE users (
        name TEXT PRIMARY KEY,
        display_name TEXT NOT NULL,
        password TEXT,
        created_at INTEGER NOT NULL,
        disabled INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE tokens (
        digest BLOB PRIMARY KEY,
        user TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        expires_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX tokens_by_user ON tokens (user)",
    "CREATE INDEX tokens_by_expiry ON tokens (expires_at)",
)

_VIEWS: Final = (
    MESSAGES_NOW,
    # Pruning raises lower cursors here, in the view, instead of updating a row per member.
    """
    CREATE VIEW members_now AS
    SELECT m.room, m.user, coalesce(u.display_name, m.user) AS display_name, m.role, m.joined_at,
           max(m.read_seq, r.first_seq - 1) AS read_seq, m.sent, m.sent_read, m.level
    FROM members AS m
    JOIN rooms AS r ON r.name = m.room
    LEFT JOIN users AS u ON u.name = m.user
    """,
    # I4: a user's own messages and deleted messages are not unread. Only sparse tables are counted.
    """
    CREATE VIEW inboxes AS
    SELECT m.user, m.room, r.kind, r.title, r.head_seq, r.head_rev AS rev, m.read_seq,
           (r.head_seq - m.read_seq) - (m.sent - m.sent_read) - (
               SELECT count(*) FROM deletions AS d
               WHERE d.room = m.room AND d.seq > m.read_seq AND d.sender <> m.user
           ) AS unread,
           (
               SELECT count(DISTINCT n.seq) FROM mentions AS n
               WHERE n.room = m.room AND n.user IN (m.user, 'room') AND n.seq > m.read_seq
                 AND n.sender <> m.user
           ) AS mentions,
           m.level, iif(r.head_seq = 0, r.created_at, r.last_timestamp) AS active_at
    FROM members_now AS m
    JOIN rooms AS r ON r.name = m.room
    """,
)
