"""Migration 14: the search index. A log consumer fills it, also with what is older."""

import sqlite3
from typing import Final


def upgrade(connection: sqlite3.Connection) -> None:
    for statement in STATEMENTS:
        connection.execute(statement)


STATEMENTS: Final = (
    # The id is the message's time in ms, times 2^20, plus a number: see search_match.TIME_SHIFT.
    """
    CREATE TABLE search_documents (
        doc INTEGER PRIMARY KEY,
        room TEXT NOT NULL,
        seq INTEGER NOT NULL,
        document TEXT NOT NULL,
        UNIQUE (room, seq)
    ) STRICT
    """,
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
