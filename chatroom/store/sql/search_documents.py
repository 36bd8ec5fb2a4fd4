"""Writing the documents of the search. Each function runs in the writer's transaction.

``search_documents`` has a row for each message that a query can find. An engine's index follows it
by itself, so that a document is removed from both by a plain ``DELETE``.
"""

from collections.abc import Sequence
from typing import Final

from ..search import CONSUMER, IndexedMessage, IndexedPage
from .connection import Connection
from .consumers import move_consumer_cursors

TIME_SHIFT: Final = 20
"""A document's id is its message's time in ms, times 2 to this power, plus a number that makes it
unique. So ids are in the order of time, also if old messages are indexed late."""


def index(connection: Connection, pages: Sequence[IndexedPage]) -> None:
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


def _index(connection: Connection, room: str, message: IndexedMessage) -> None:
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


def _free_id(connection: Connection, timestamp: int) -> int:
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


def remove(connection: Connection, room: str, through: int) -> None:
    """Remove the documents of a room's messages up to and including seq ``through``."""
    connection.execute(
        "DELETE FROM search_documents WHERE room = :room AND seq <= :through",
        {"room": room, "through": through},
    )
