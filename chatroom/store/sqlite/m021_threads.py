"""Migration 21: threads of messages, and who follows them.

Messages in threads are sparse: the tables number them, so that the messages of the main log need no
numbers of their own. The place of a message in the main log is its seq minus the number of messages
in threads before it.
"""

import sqlite3
from typing import Final


def upgrade(connection: sqlite3.Connection) -> None:
    for statement in _STATEMENTS:
        connection.execute(statement)


_STATEMENTS: Final = (
    "ALTER TABLE messages ADD COLUMN thread INTEGER",  # the root's seq; NULL: in the main log
    "ALTER TABLE rooms ADD COLUMN threaded INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE rooms ADD COLUMN pruned_threaded INTEGER NOT NULL DEFAULT 0",
    # The last message of the main log.
    "ALTER TABLE rooms ADD COLUMN last_main_seq INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE rooms ADD COLUMN last_main_timestamp INTEGER NOT NULL DEFAULT 0",
    "UPDATE rooms SET last_main_seq = head_seq, last_main_timestamp = last_timestamp",
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
    "CREATE INDEX thread_messages_by_gap ON thread_messages (room, seq - number, number)",
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
    "ALTER TABLE mentions ADD COLUMN thread INTEGER",
    """
    CREATE INDEX mentions_in_threads ON mentions (room, thread, user, seq)
    WHERE thread IS NOT NULL
    """,
    "ALTER TABLE deletions ADD COLUMN thread INTEGER",
    "CREATE INDEX deletions_in_threads ON deletions (room, thread, seq) WHERE thread IS NOT NULL",
    "DROP VIEW messages_now",
    """
    CREATE VIEW messages_now AS
    SELECT room, seq, coalesce(changed_rev, rev) AS rev, sender, text, timestamp, client_id,
           reply_to, thread, edited_at, deleted, mentions, reactions, pinned_by, format, type,
           data, attachments, rev AS posted_rev
    FROM messages
    """,
    "DROP VIEW inboxes",
    # I4: a user's own messages and deleted messages are not unread. Only sparse tables are counted.
    # Messages in threads count there.
    """
    CREATE VIEW inboxes AS
    SELECT m.user, m.room, r.kind, r.title, r.last_main_seq AS head_seq, r.head_rev AS rev,
           m.read_seq,
           (r.head_seq - m.read_seq) - iif(
               r.threaded = 0, 0, r.threaded - coalesce((
                   SELECT t.number FROM thread_messages AS t
                   WHERE t.room = m.room AND t.seq <= m.read_seq ORDER BY t.seq DESC LIMIT 1
               ), r.pruned_threaded)
           ) - (m.sent - m.sent_read) - (
               SELECT count(*) FROM deletions AS d
               WHERE d.room = m.room AND d.seq > m.read_seq AND d.sender <> m.user
                 AND d.thread IS NULL
           ) AS unread,
           (
               SELECT count(DISTINCT n.seq) FROM mentions AS n
               WHERE n.room = m.room AND n.user IN (m.user, 'room') AND n.seq > m.read_seq
                 AND n.sender <> m.user AND n.thread IS NULL
           ) AS mentions,
           m.level, iif(r.last_main_seq = 0, r.created_at, r.last_main_timestamp) AS active_at,
           r.version
    FROM members_now AS m
    JOIN rooms AS r ON r.name = m.room
    """,
    # Pruning raises lower cursors here, as in members_now.
    """
    CREATE VIEW followers_now AS
    SELECT f.user, f.room, f.root, max(f.read_seq, r.first_seq - 1) AS read_seq
    FROM followers AS f
    JOIN rooms AS r ON r.name = f.room
    """,
    # I4 for threads. Messages up to a seq are counted by the numbers of the last one.
    """
    CREATE VIEW followed_threads AS
    SELECT f.user, f.room, f.root, f.read_seq,
           coalesce(
               (
                   SELECT last.place FROM thread_messages AS last
                   WHERE last.room = f.room AND last.root = f.root ORDER BY last.seq DESC LIMIT 1
               ) - coalesce((
                   SELECT read.place FROM thread_messages AS read
                   WHERE read.room = f.room AND read.root = f.root AND read.seq <= f.read_seq
                   ORDER BY read.seq DESC LIMIT 1
               ), (
                   SELECT first.place - 1 FROM thread_messages AS first
                   WHERE first.room = f.room AND first.root = f.root ORDER BY first.seq LIMIT 1
               )), 0
           ) - coalesce(
               (
                   SELECT last.own FROM thread_messages AS last
                   WHERE last.room = f.room AND last.root = f.root AND last.sender = f.user
                   ORDER BY last.seq DESC LIMIT 1
               ) - coalesce((
                   SELECT read.own FROM thread_messages AS read
                   WHERE read.room = f.room AND read.root = f.root AND read.sender = f.user
                     AND read.seq <= f.read_seq
                   ORDER BY read.seq DESC LIMIT 1
               ), (
                   SELECT first.own - 1 FROM thread_messages AS first
                   WHERE first.room = f.room AND first.root = f.root AND first.sender = f.user
                   ORDER BY first.seq LIMIT 1
               )), 0
           ) - (
               SELECT count(*) FROM deletions AS d
               WHERE d.room = f.room AND d.thread = f.root AND d.seq > f.read_seq
                 AND d.sender <> f.user
           ) AS unread,
           (
               SELECT count(DISTINCT n.seq) FROM mentions AS n
               WHERE n.room = f.room AND n.thread = f.root AND n.user IN (f.user, 'room')
                 AND n.seq > f.read_seq AND n.sender <> f.user
           ) AS mentions,
           coalesce(t.last_timestamp, 0) AS active_at
    FROM followers_now AS f
    LEFT JOIN threads AS t ON t.room = f.room AND t.root = f.root
    """,
)
