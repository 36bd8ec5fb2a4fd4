"""Unread messages (I4): a user's own messages and deleted messages do not count. Only
sparse tables are counted."""

from typing import Final

STATEMENTS: Final = (
    # Messages in threads count in followed_threads.
    """
    CREATE VIEW inboxes AS
    SELECT m.user, m.room, r.kind, r.title, r.visibility,
           r.last_main_seq AS head_seq, r.head_rev AS rev, m.read_seq,
           (r.head_seq - m.read_seq) - CASE WHEN r.threaded = 0 THEN 0 ELSE r.threaded - coalesce((
               SELECT t.number FROM thread_messages AS t
               WHERE t.room = m.room AND t.seq <= m.read_seq ORDER BY t.seq DESC LIMIT 1
           ), r.pruned_threaded) END - (m.sent - m.sent_read) - (
               SELECT count(*) FROM deletions AS d
               WHERE d.room = m.room AND d.seq > m.read_seq AND d.sender <> m.user
                 AND d.thread IS NULL
           ) AS unread,
           (
               SELECT count(DISTINCT n.seq) FROM mentions AS n
               WHERE n.room = m.room AND n.user IN (m.user, 'room') AND n.seq > m.read_seq
                 AND n.sender <> m.user AND n.thread IS NULL
           ) AS mentions,
           m.level,
           CASE WHEN r.last_main_seq = 0 THEN r.created_at ELSE r.last_main_timestamp END
               AS active_at,
           r.version
    FROM members_now AS m
    JOIN rooms AS r ON r.name = m.room
    """,
    # Messages up to a seq are counted by the numbers of the last one.
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
