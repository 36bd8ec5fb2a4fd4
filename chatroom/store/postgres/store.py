"""The store in a PostgreSQL database, as far as it differs from other engines.

Connections: :mod:`.connection`, with the translation of statements (:mod:`.dialect`). Checks at the
start: :mod:`.startup`. Groups of writes: :mod:`.commits`. Search: :mod:`.search_match`.
"""

from collections.abc import Callable, Sequence

from ...model import Message
from ..room_log import text_size
from ..search import FORGET_AFTER_S, IndexedPage, Search, SearchPage
from ..sql import search_documents
from ..sql.connection import Connection
from ..sql.search import search
from ..sql.store import SqlStore
from .database import PostgresDatabase
from .search_match import match


class PostgresStore(PostgresDatabase, SqlStore):
    """Implements :class:`chatroom.store.store.Store`."""

    async def search(
        self, wanted: Search, size: Callable[[Message], int] = text_size
    ) -> SearchPage:
        return await self._readers.read_long(wanted.user, search, match, wanted, size)

    async def index(self, pages: Sequence[IndexedPage]) -> None:
        await self._write(search_documents.index, pages)

    async def forget_words(self, after_s: int = FORGET_AFTER_S) -> bool:
        return False  # PostgreSQL does so by itself

    async def give_back(self) -> bool:
        return False

    async def used_bytes(self) -> int:
        return await self._readers.read(_used_bytes)


def _used_bytes(connection: Connection) -> int:
    (size,) = connection.execute("SELECT pg_database_size(current_database())").fetchone()
    return int(size)
