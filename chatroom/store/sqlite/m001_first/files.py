"""Uploads, and the blobs to which they refer."""

from typing import Final

from ...files import FILE_OVERHEAD_BYTES

STATEMENTS: Final = (
    """
    CREATE TABLE uploads (
        id TEXT PRIMARY KEY,
        user TEXT NOT NULL, -- who made it
        name TEXT NOT NULL,
        length INTEGER NOT NULL, -- bytes as they are sent
        created_at INTEGER NOT NULL,
        complete INTEGER NOT NULL,
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
        doomed INTEGER NOT NULL DEFAULT 0 -- its file is being deleted
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
    f"""
    CREATE TRIGGER upload_added AFTER INSERT ON uploads BEGIN
        INSERT INTO file_usage (user, bytes, waiting)
        SELECT value, new.length + {FILE_OVERHEAD_BYTES}, 1
        FROM json_each(json_array(new.user, '*')) WHERE true
        ON CONFLICT (user) DO UPDATE
            SET bytes = bytes + excluded.bytes, waiting = waiting + excluded.waiting;
    END
    """,
    """
    CREATE TRIGGER upload_attached AFTER UPDATE OF room ON uploads BEGIN
        UPDATE file_usage SET waiting = waiting - 1 WHERE user IN (new.user, '*');
    END
    """,
    f"""
    CREATE TRIGGER upload_removed AFTER DELETE ON uploads BEGIN
        UPDATE file_usage SET bytes = bytes - old.length - {FILE_OVERHEAD_BYTES},
            waiting = waiting - (old.room IS NULL)
        WHERE user IN (old.user, '*');
        DELETE FROM upload_parts WHERE upload = old.id;
    END
    """,
    """
    CREATE TRIGGER part_added AFTER INSERT ON upload_parts BEGIN
        UPDATE blobs SET refs = refs + 1, unused_since = NULL WHERE digest = new.digest;
    END
    """,
    """
    CREATE TRIGGER part_removed AFTER DELETE ON upload_parts BEGIN
        UPDATE blobs SET refs = refs - 1 WHERE digest = old.digest;
    END
    """,
)
