"""Migration 7: versions of rooms, members in the order of the versions at which they joined, and
numbers of inboxes."""

import sqlite3
from typing import Final


def upgrade(connection: sqlite3.Connection) -> None:
    for statement in _STATEMENTS:
        connection.execute(statement)


_STATEMENTS: Final = (
    "ALTER TABLE rooms ADD COLUMN version INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE members ADD COLUMN joined_version INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE users ADD COLUMN inbox_number INTEGER NOT NULL DEFAULT 0",
    # Until now, members succeeded in the order of joined_at, user.
    """
    UPDATE members SET joined_version = ranked.place FROM (
        SELECT user, room, row_number() OVER (PARTITION BY room ORDER BY joined_at, user) AS place
        FROM members
    ) AS ranked
    WHERE ranked.user = members.user AND ranked.room = members.room
    """,
    """
    UPDATE rooms SET version = 1 + (SELECT count(*) FROM members AS m WHERE m.room = rooms.name)
    """,
    "DROP INDEX members_by_standing",
    "CREATE INDEX members_by_standing ON members (room, role, joined_version, user)",
    "DROP VIEW members_now",
    # Pruning raises lower cursors here, in the view, instead of updating a row per member.
    """
    CREATE VIEW members_now AS
    SELECT m.room, m.user, coalesce(u.display_name, m.user) AS display_name, m.role, m.joined_at,
           m.joined_version, max(m.read_seq, r.first_seq - 1) AS read_seq, m.sent, m.sent_read,
           m.level, coalesce(u.lookalike, 0) AS lookalike
    FROM members AS m
    JOIN rooms AS r ON r.name = m.room
    LEFT JOIN users AS u ON u.name = m.user
    """,
    "DROP VIEW inboxes",
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
           m.level, iif(r.head_seq = 0, r.created_at, r.last_timestamp) AS active_at, r.version
    FROM members_now AS m
    JOIN rooms AS r ON r.name = m.room
    """,
)
