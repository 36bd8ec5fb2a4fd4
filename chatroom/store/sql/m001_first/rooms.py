"""Rooms, their members, and who may not do what in them."""

from typing import Final

STATEMENTS: Final = (
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
        search TEXT NOT NULL, -- the title, casefolded
        incarnation INTEGER NOT NULL DEFAULT 0, -- the last one that wrote a rev in the room
        creator TEXT, -- the account whose quota the room counts against
        version INTEGER NOT NULL,
        posting TEXT NOT NULL,
        inviting TEXT NOT NULL,
        slow_mode_s INTEGER NOT NULL,
        archived BOOLEAN NOT NULL,
        threaded INTEGER NOT NULL, -- messages in threads, with pruned ones
        pruned_threaded INTEGER NOT NULL,
        last_main_seq INTEGER NOT NULL DEFAULT 0, -- of the last message of the main log
        last_main_timestamp INTEGER NOT NULL DEFAULT 0
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX rooms_by_creator ON rooms (creator) WHERE creator IS NOT NULL",
    # With it, listing rooms does not scan private and direct rooms, and a search reads it alone.
    """
    CREATE INDEX rooms_public ON rooms (name, search)
    WHERE kind = 'room' AND visibility = 'public'
    """,
    # How long rooms keep messages, where that is less than the server's settings say.
    """
    CREATE TABLE retention (
        room TEXT PRIMARY KEY,
        days INTEGER,
        messages INTEGER
    ) STRICT, WITHOUT ROWID
    """,
    # Deleted rooms. These rows are never deleted, because names are never reused.
    """
    CREATE TABLE retired (
        name TEXT PRIMARY KEY,
        at INTEGER NOT NULL,
        erased BOOLEAN NOT NULL -- whether nothing of the room is left
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX retired_to_erase ON retired (name) WHERE erased = FALSE",
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
        joined_version INTEGER NOT NULL,
        PRIMARY KEY (user, room)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX members_by_name ON members (room, user)",
    "CREATE INDEX members_by_standing ON members (room, role, joined_version, user)",
    # Pruning raises lower cursors here, in the view, instead of updating a row per member.
    """
    CREATE VIEW members_now AS
    SELECT m.room, m.user, coalesce(u.display_name, m.user) AS display_name, m.role, m.joined_at,
           m.joined_version, max(m.read_seq, r.first_seq - 1) AS read_seq, m.sent, m.sent_read,
           m.level, coalesce(u.lookalike, FALSE) AS lookalike
    FROM members AS m
    JOIN rooms AS r ON r.name = m.room
    LEFT JOIN users AS u ON u.name = m.user
    """,
    """
    CREATE TABLE bans (
        room TEXT NOT NULL,
        user TEXT NOT NULL,
        by TEXT NOT NULL,
        at INTEGER NOT NULL,
        until INTEGER, -- NULL: without an end
        reason TEXT NOT NULL,
        PRIMARY KEY (room, user)
    ) STRICT, WITHOUT ROWID
    """,
    # People who may not write in a room, members or not.
    """
    CREATE TABLE mutes (
        room TEXT NOT NULL,
        user TEXT NOT NULL,
        by TEXT NOT NULL,
        at INTEGER NOT NULL,
        until INTEGER,
        reason TEXT NOT NULL,
        PRIMARY KEY (room, user)
    ) STRICT, WITHOUT ROWID
    """,
    # When members last sent, in rooms that were in slow mode then.
    """
    CREATE TABLE slow_mode (
        room TEXT NOT NULL,
        user TEXT NOT NULL,
        at INTEGER NOT NULL,
        PRIMARY KEY (room, user)
    ) STRICT, WITHOUT ROWID
    """,
)
