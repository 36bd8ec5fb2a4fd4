"""Writing the search index. Each function runs in the writer's transaction.

``search_documents`` has a row for each message that a query can find. Triggers keep the FTS5 table
``search_index`` equal to it, so that a document is removed from both by a plain ``DELETE``.
"""

import sqlite3
from collections.abc import Sequence
from typing import Final

from ..search import CONSUMER, IndexedMessage, IndexedPage
from .consumers import move_consumer_cursors
from .search_match import TIME_SHIFT

MERGED_PAGES: Final = 24
"""Pages (4 KiB) of the index that a merge writes. After each slice of documents this is enough to
keep up."""


def index(connection: sqlite3.Connection, pages: Sequence[IndexedPage]) -> None:
    """See :meth:`chatroom.store.search.SearchStore.index`."""
    for page in pages:
        found = connection.execute(
            """
            SELECT r.first_seq, coalesce(c.rev, 0) FROM rooms AS r
            LEFT JOIN consumer_cursors AS c ON c.room = r.name AND c.consumer = :consumer
            WHERE r.name = :room
            """,
            {"room": page.room, "consumer": CONSUMER},
        ).fetchone()
        if found is None:
            continue
        first_seq, rev = found
        for message in page.messages:
            if message.rev > rev and message.seq >= first_seq:
                _index(connection, page.room, message)
    move_consumer_cursors(connection, CONSUMER, {page.room: page.next_rev for page in pages})
    merge(connection)


def _index(connection: sqlite3.Connection, room: str, message: IndexedMessage) -> None:
    where = {"room": room, "seq": message.seq}
    old = connection.execute(
        "SELECT doc, document FROM search_documents WHERE room = :room AND seq = :seq", where
    ).fetchone()
    if old is not None:
        if old[1] == message.document:
            return  # as after a reaction
        connection.execute("DELETE FROM search_documents WHERE doc = :doc", {"doc": old[0]})
    if message.document is not None:
        doc = old[0] if old else _free_id(connection, message.timestamp)
        connection.execute(
            """
            INSERT INTO search_documents (doc, room, seq, document)
            VALUES (:doc, :room, :seq, :document)
            """,
            {**where, "doc": doc, "document": message.document},
        )


def _free_id(connection: sqlite3.Connection, timestamp: int) -> int:
    """Return the first free id of a time. If all are taken, it is one of the next ms."""
    low = timestamp << TIME_SHIFT
    while True:
        high = low + (1 << TIME_SHIFT)
        (last,) = connection.execute(
            "SELECT max(doc) FROM search_documents WHERE doc >= :low AND doc < :high",
            {"low": low, "high": high},
        ).fetchone()
        if last is None:
            return low
        if last + 1 < high:
            return int(last) + 1
        low = high


def remove(connection: sqlite3.Connection, room: str, through: int) -> None:
    """Remove the documents of a room's messages up to and including seq ``through``."""
    connection.execute(
        "DELETE FROM search_documents WHERE room = :room AND seq <= :through",
        {"room": room, "through": through},
    )
    merge(connection)


def merge(connection: sqlite3.Connection, pages: int = MERGED_PAGES) -> bool:
    """Merge a few pages of the index. Otherwise FTS5 would merge much of it at once, now and then.
    Return whether there was something to merge.

    :param pages: if negative, begin a merge of all.
    """
    before = connection.total_changes
    connection.execute(
        "INSERT INTO search_index (search_index, rank) VALUES ('merge', :pages)", {"pages": pages}
    )
    return connection.total_changes - before > 1  # one is the row of this statement


def forget_words(connection: sqlite3.Connection, after_s: int) -> bool:
    """See :meth:`chatroom.store.search.SearchStore.forget_words`.

    FTS5 only notes that an entry was removed. It drops both in a merge of all.
    """
    due = connection.execute(
        """
        DELETE FROM meta
        WHERE name = 'search_removed' AND CAST(value AS INTEGER) <= unixepoch() - :after
        """,
        {"after": after_s},
    )
    return merge(connection, -MERGED_PAGES if due.rowcount else MERGED_PAGES)
