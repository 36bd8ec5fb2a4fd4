"""The search index, which a log consumer fills."""

from typing import Final

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
