"""The check of the search index: its documents are recounted from the messages, and its entries
from the documents."""

import sqlite3
from collections.abc import Iterator
from typing import Final

from ...model import Message
from ...search.documents import document
from ..search import CONSUMER
from ..sql.integrity import wrong_rooms
from ..sql.rows import load_attachments

WRONG_DOCUMENTS: Final = f"""
    SELECT m.room FROM messages_now AS m
    JOIN consumer_cursors AS c ON c.room = m.room AND c.consumer = '{CONSUMER}'
    LEFT JOIN search_documents AS d ON d.room = m.room AND d.seq = m.seq
    WHERE m.rev <= c.rev
      AND d.document IS NOT iif(
          m.deleted, NULL, document_of(m.room, m.sender, m.text, m.attachments)
      )
    UNION
    SELECT d.room FROM search_documents AS d
    LEFT JOIN messages AS m ON m.room = d.room AND m.seq = d.seq
    LEFT JOIN retired AS r ON r.name = d.room AND NOT r.erased
    WHERE m.seq IS NULL AND r.name IS NULL
"""
"""A query for rooms, as those of :mod:`chatroom.store.sql.integrity`."""

_ENTRIES: Final = """
    SELECT count(*), total(doc % 65521), total(offset), total(length(term)) FROM search_entries
"""
_EXPECTED: Final = """
    SELECT total(tokens), total(tokens * (doc % 65521)), total(tokens * (tokens - 1) / 2),
           total(length(replace(document, ' ', '')))
    FROM (
        SELECT doc, document, length(document) - length(replace(document, ' ', '')) - 1 AS tokens
        FROM search_documents
    )
"""


def wrong_documents(connection: sqlite3.Connection) -> Iterator[str]:
    """Yield a fault for each room of which documents are not those of its messages."""

    def document_of(room: str, sender: str, text: str, files: str | None) -> str | None:
        attachments = load_attachments(files) if files else ()
        return document(Message(room, 0, 0, sender, text, 0, attachments=attachments))

    connection.create_function("document_of", 4, document_of, deterministic=True)
    yield from wrong_rooms(
        connection, {"its search index does not match its messages": WRONG_DOCUMENTS}
    )


def wrong_entries(connection: sqlite3.Connection) -> Iterator[str]:
    """Yield a fault if the entries of FTS5 are not those of the documents: their number, and sums
    that a wrong one changes."""
    connection.execute(
        """
        CREATE VIRTUAL TABLE temp.search_entries
        USING fts5vocab (main, search_index, instance)
        """
    )
    entries, expected = (connection.execute(query).fetchone() for query in (_ENTRIES, _EXPECTED))
    if entries != expected:
        yield "the search index does not match its documents; stop the server, and reindex"
