"""The search index in FTS5. Each function runs in the writer's transaction.

Triggers keep the table ``search_index`` equal to ``search_documents``.
"""

from collections.abc import Sequence
from typing import Final

from ..search import IndexedPage
from ..sql import search_documents
from ..sql.connection import Connection

MERGED_PAGES: Final = 24
"""Pages (4 KiB) of the index that a merge writes. After each slice of documents this is enough to
keep up."""


def index(connection: Connection, pages: Sequence[IndexedPage]) -> None:
    """See :meth:`chatroom.store.search.SearchStore.index`."""
    search_documents.index(connection, pages)
    merge(connection)


def merge(connection: Connection, pages: int = MERGED_PAGES) -> bool:
    """Merge a few pages of the index. Otherwise FTS5 would merge much of it at once, now and then.
    Return whether there was something to merge.

    :param pages: if negative, begin a merge of all.
    """
    changes = "SELECT total_changes()"
    (before,) = connection.execute(changes).fetchone()
    connection.execute(
        "INSERT INTO search_index (search_index, rank) VALUES ('merge', :pages)", {"pages": pages}
    )
    (after,) = connection.execute(changes).fetchone()
    return bool(after - before > 1)  # one is the row of this statement


def forget_words(connection: Connection, after_s: int) -> bool:
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
