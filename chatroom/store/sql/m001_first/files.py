"""Uploads, and the blobs to which they refer."""

from typing import Final

STATEMENTS: Final = (
    """
    CREATE TABLE uploads (
        id TEXT PRIMARY KEY,
        user TEXT NOT NULL, -- who made it
        name TEXT NOT NULL,
        length INTEGER NOT NULL, -- bytes as they are sent
        created_at INTEGER NOT NULL,
        complete BOOLEAN NOT NULL,
        room TEXT, -- of the message that has it
        seq INTEGER
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX uploads_by_message ON uploads (room, seq) WHERE room IS NOT NULL",
    "CREATE INDEX uploads_by_age ON uploads (created_at) WHERE room IS NULL",
    # The blobs of an upload: the file as it is served, and thumbnails.
    """
    CREATE TABLE upload_parts (
        upload TEXT NOT NULL,
        part TEXT NOT NULL,
        digest TEXT NOT NULL,
        size INTEGER NOT NULL,
        type TEXT NOT NULL,
        width INTEGER,
        height INTEGER,
        PRIMARY KEY (upload, part)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE blobs (
        digest TEXT PRIMARY KEY, -- SHA-256 in hexadecimal
        refs INTEGER NOT NULL DEFAULT 0, -- rows of upload_parts
        unused_since INTEGER, -- ms; NULL if it has references, or lost the last one just now
        doomed BOOLEAN NOT NULL DEFAULT FALSE -- its file is being deleted
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX blobs_unused ON blobs (doomed, unused_since) WHERE refs = 0",
    # What accounts keep, and under the name * all together.
    """
    CREATE TABLE file_usage (
        user TEXT PRIMARY KEY,
        bytes INTEGER NOT NULL,
        waiting INTEGER NOT NULL -- uploads in no message
    ) STRICT, WITHOUT ROWID
    """,
)
