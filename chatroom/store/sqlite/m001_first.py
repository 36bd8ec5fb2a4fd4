"""Version 1 of the schema: the tables of all engines, and SQLite's triggers and search index."""

import sqlite3
from typing import Final

from ..files import FILE_OVERHEAD_BYTES
from ..sql import m001_first

ACCOUNT_TRIGGERS: Final = (
    # All that ends or replaces a token, or changes what an account may do.
    """
    CREATE TRIGGER token_ended AFTER DELETE ON tokens
    BEGIN INSERT OR REPLACE INTO account_news (user, kind) VALUES (old.user, 'access'); END
    """,
    """
    CREATE TRIGGER access_changed AFTER UPDATE OF role, disabled ON users
    BEGIN INSERT OR REPLACE INTO account_news (user, kind) VALUES (new.name, 'access'); END
    """,
    # Rows are only appended. INSERT OR REPLACE deletes without the trigger for it.
    """
    CREATE TRIGGER audit_is_not_replaced BEFORE INSERT ON audit
    WHEN EXISTS (SELECT 1 FROM audit WHERE id = new.id)
    BEGIN SELECT raise(ABORT, 'the audit is only appended to'); END
    """,
    """
    CREATE TRIGGER audit_is_not_updated BEFORE UPDATE ON audit
    BEGIN SELECT raise(ABORT, 'the audit is only appended to'); END
    """,
    """
    CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit
    BEGIN SELECT raise(ABORT, 'the audit is only appended to'); END
    """,
)
FILE_TRIGGERS: Final = (
    # References and usage.
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
SEARCH: Final = (
    # The tokens are made by chatroom.search. This tokenizer only splits at spaces.
    """
    CREATE VIRTUAL TABLE search_index USING fts5 (
        document, content = 'search_documents', content_rowid = 'doc', columnsize = 0,
        tokenize = "ascii tokenchars '=.-_@:~'"
    )
    """,
    # Merges are done in slices: search_index.merge().
    "INSERT INTO search_index (search_index, rank) VALUES ('automerge', 0)",
    "INSERT INTO search_index (search_index, rank) VALUES ('usermerge', 8)",
    """
    CREATE TRIGGER search_document_added AFTER INSERT ON search_documents BEGIN
        INSERT INTO search_index (rowid, document) VALUES (new.doc, new.document);
    END
    """,
    """
    CREATE TRIGGER search_document_removed AFTER DELETE ON search_documents BEGIN
        INSERT INTO search_index (search_index, rowid, document)
        VALUES ('delete', old.doc, old.document);
        -- when words were removed that the index still has: see search_index.forget_words()
        INSERT INTO meta (name, value) VALUES ('search_removed', unixepoch())
        ON CONFLICT DO NOTHING;
    END
    """,
)


def upgrade(connection: sqlite3.Connection) -> None:
    statements = (*m001_first.STATEMENTS, *ACCOUNT_TRIGGERS, *FILE_TRIGGERS, *SEARCH)
    for statement in statements:
        connection.execute(in_sqlite(statement))
    m001_first.fill(connection)


def in_sqlite(statement: str) -> str:
    """Return a statement with the types that SQLite's strict tables may have."""
    return statement.replace(" BOOLEAN", " INTEGER")
