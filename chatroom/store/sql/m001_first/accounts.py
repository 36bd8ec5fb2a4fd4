"""Accounts, what they have, and what is done to them."""

from typing import Final

STATEMENTS: Final = (
    """
    CREATE TABLE users (
        name TEXT PRIMARY KEY,
        display_name TEXT NOT NULL,
        password TEXT,
        created_at INTEGER NOT NULL,
        disabled BOOLEAN NOT NULL,
        lookalike BOOLEAN NOT NULL,
        inbox_number INTEGER NOT NULL DEFAULT 0,
        words TEXT NOT NULL, -- of the names, by which they are found
        status_text TEXT NOT NULL DEFAULT '',
        status_emoji TEXT,
        status_until INTEGER,
        role TEXT NOT NULL,
        avatar TEXT, -- the id of an upload
        erased_at INTEGER
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX users_by_status_end ON users (status_until) WHERE status_until IS NOT NULL",
    "CREATE INDEX admins ON users (name) WHERE role = 'admin'",
    """
    CREATE TABLE looks (
        look TEXT NOT NULL, -- a key of chatroom.names.lookalikes
        user TEXT NOT NULL,
        taken BOOLEAN NOT NULL, -- another account had this look first, or it is reserved
        PRIMARY KEY (look, user)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX looks_by_user ON looks (user)",
    """
    CREATE TABLE tokens (
        digest BLOB PRIMARY KEY,
        user TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        expires_at INTEGER NOT NULL,
        id TEXT NOT NULL,
        label TEXT NOT NULL,
        last_used_at INTEGER
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX tokens_by_user ON tokens (user)",
    "CREATE INDEX tokens_by_expiry ON tokens (expires_at)",
    "CREATE UNIQUE INDEX tokens_by_id ON tokens (id)",
    """
    CREATE TABLE account_settings (
        user TEXT PRIMARY KEY,
        number INTEGER NOT NULL,
        settings TEXT NOT NULL -- JSON object
    ) STRICT, WITHOUT ROWID
    """,
    # The last write of each kind of an account. A number is never used again.
    """
    CREATE TABLE account_news (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        user TEXT NOT NULL,
        kind TEXT NOT NULL,
        UNIQUE (user, kind)
    ) STRICT
    """,
    # Users whose messages and invitations are refused.
    """
    CREATE TABLE blocks (
        user TEXT NOT NULL, -- who blocks
        blocked TEXT NOT NULL,
        at INTEGER NOT NULL,
        PRIMARY KEY (user, blocked)
    ) STRICT, WITHOUT ROWID
    """,
    # Counts for quotas. By day first, because old days are deleted as one range.
    """
    CREATE TABLE usage (
        day INTEGER NOT NULL, -- of UTC, since the epoch
        user TEXT NOT NULL, -- '*' for the server
        kind TEXT NOT NULL,
        count INTEGER NOT NULL,
        PRIMARY KEY (day, user, kind)
    ) STRICT, WITHOUT ROWID
    """,
    # Accounts whose rooms may need another owner.
    """
    CREATE TABLE handovers (
        user TEXT PRIMARY KEY,
        number INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    # Accounts that were erased, whose messages are not all erased yet.
    "CREATE TABLE erasures (user TEXT PRIMARY KEY) STRICT, WITHOUT ROWID",
    """
    CREATE TABLE invitations (
        id TEXT PRIMARY KEY,
        digest BLOB NOT NULL UNIQUE,
        by TEXT,
        created_at INTEGER NOT NULL,
        expires_at INTEGER,
        max_uses INTEGER,
        uses INTEGER NOT NULL,
        server BOOLEAN NOT NULL,
        room TEXT,
        role TEXT NOT NULL,
        revoked_at INTEGER
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX invitations_by_time ON invitations (created_at DESC, id)",
    "CREATE INDEX invitations_by_room ON invitations (room, created_at DESC, id)",
    "CREATE INDEX invitations_by_inviter ON invitations (by, created_at DESC, id)",
    # The people who came by each invitation, in this order.
    """
    CREATE TABLE invitation_uses (
        invitation TEXT NOT NULL,
        user TEXT NOT NULL,
        place INTEGER NOT NULL,
        at INTEGER NOT NULL,
        entered BOOLEAN NOT NULL, -- whether the user has become a member of the room
        PRIMARY KEY (invitation, user)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE UNIQUE INDEX invitation_uses_by_place ON invitation_uses (invitation, place)",
    # What admins, moderators and owners do to others.
    """
    CREATE TABLE audit (
        id INTEGER PRIMARY KEY,
        timestamp INTEGER NOT NULL,
        act TEXT NOT NULL,
        by TEXT,
        room TEXT,
        user TEXT,
        details TEXT
    ) STRICT
    """,
    "CREATE INDEX audit_by_room ON audit (room, id) WHERE room IS NOT NULL",
    "CREATE INDEX audit_by_author ON audit (by, id) WHERE by IS NOT NULL",
    "CREATE INDEX audit_by_user ON audit (user, id) WHERE user IS NOT NULL",
)
