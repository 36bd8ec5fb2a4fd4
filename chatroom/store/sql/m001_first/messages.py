"""Messages, and what happens to them later."""

from typing import Final

STATEMENTS: Final = (
    # Rows are appended in the order of commits. In the order of (room, seq), or with an index by
    # sender or rev, a group of many rooms would write one page per row.
    """
    CREATE TABLE messages (
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
        deleted BOOLEAN NOT NULL,
        mentions TEXT, -- JSON array
        reactions TEXT, -- JSON array of [emoji, count, [user]]
        pinned_by TEXT,
        format TEXT, -- NULL: markdown
        type TEXT,
        data TEXT, -- a JSON object in its canonical form
        attachments TEXT, -- JSON
        thread INTEGER, -- the root's seq; NULL: in the main log
        UNIQUE (room, seq)
    ) STRICT
    """,
    """
    CREATE UNIQUE INDEX messages_by_client_id ON messages (client_id, sender)
    WHERE client_id IS NOT NULL
    """,
    """
    CREATE VIEW messages_now AS
    SELECT room, seq, coalesce(changed_rev, rev) AS rev, sender, text, timestamp, client_id,
           reply_to, thread, edited_at, deleted, mentions, reactions, pinned_by, format, type,
           data, attachments, rev AS posted_rev
    FROM messages
    """,
    # How many messages each account has sent in each span of a room: see sent_spans.py.
    """
    CREATE TABLE sent_spans (
        room TEXT NOT NULL,
        sender TEXT NOT NULL,
        span INTEGER NOT NULL, -- (seq - 1) / 1000
        before INTEGER NOT NULL, -- the sum of count in earlier rows of the sender, pruned ones too
        count INTEGER NOT NULL, -- of the sender's messages of the main log in the span
        PRIMARY KEY (room, sender, span)
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
        thread INTEGER,
        PRIMARY KEY (room, seq)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX deletions_in_threads ON deletions (room, thread, seq) WHERE thread IS NOT NULL",
    # One row per mention that counts: none for a mention that was deleted or edited away.
    """
    CREATE TABLE mentions (
        room TEXT NOT NULL,
        user TEXT NOT NULL, -- 'room' for everyone
        seq INTEGER NOT NULL,
        sender TEXT NOT NULL,
        thread INTEGER,
        PRIMARY KEY (room, user, seq)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE INDEX mentions_in_threads ON mentions (room, thread, user, seq)
    WHERE thread IS NOT NULL
    """,
    # By emoji and rev: a page of a list of reactions, and the first users of an emoji.
    """
    CREATE TABLE reactions (
        room TEXT NOT NULL,
        seq INTEGER NOT NULL,
        emoji TEXT NOT NULL,
        rev INTEGER NOT NULL, -- at which the user reacted
        user TEXT NOT NULL,
        PRIMARY KEY (room, seq, emoji, rev)
    ) STRICT, WITHOUT ROWID
    """,
    # A user's own reactions to the messages of a page.
    "CREATE UNIQUE INDEX reactions_by_user ON reactions (room, user, seq, emoji)",
    # A row for each pinned message. By rev, since a list begins with the last pin.
    """
    CREATE TABLE pins (
        room TEXT NOT NULL,
        rev INTEGER NOT NULL, -- at which it was pinned
        seq INTEGER NOT NULL,
        PRIMARY KEY (room, rev)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE UNIQUE INDEX pins_by_seq ON pins (room, seq)",
)
