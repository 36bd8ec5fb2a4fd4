"""The store in one SQLite file, as far as it differs from other engines.

Connections: :mod:`.database`. Migrations: :mod:`.schema`. Checks at the start: :mod:`.startup`,
:mod:`.wal_files` and :mod:`.commit_mark`; full check: :mod:`.integrity`. Groups of writes:
:mod:`.transaction`. Search: :mod:`.search_match` and :mod:`.search_index`.
"""

from collections.abc import Callable, Sequence
from typing import cast

from ...errors import StorageDamaged
from ...model import InboxRoom, Message
from ..room_log import text_size
from ..search import FORGET_AFTER_S, IndexedPage, Search, SearchPage
from ..sql.jobs import Job
from ..sql.search import search
from ..sql.store import SqlStore
from . import search_index, vacuum
from .damaged_inbox import readable_inbox
from .database import SqliteDatabase
from .search_match import match


class SqliteStore(SqliteDatabase, SqlStore):
    """Implements :class:`chatroom.store.store.Store`."""

    async def inbox(self, user: str, room: str | None = None) -> list[InboxRoom]:
        try:
            return await super().inbox(user, room)
        except StorageDamaged:
            return await self._readers.read(readable_inbox, user, room)

    async def search(
        self, wanted: Search, size: Callable[[Message], int] = text_size
    ) -> SearchPage:
        return await self._readers.read_long(wanted.user, search, match, wanted, size)

    async def index(self, pages: Sequence[IndexedPage]) -> None:
        await self._write(search_index.index, pages)

    async def forget_words(self, after_s: int = FORGET_AFTER_S) -> bool:
        return await self._write(search_index.forget_words, after_s)

    async def give_back(self) -> bool:
        if not await self._readers.read(vacuum.unused_pages):
            return False
        job = Job(lambda connection, _: vacuum.give_back(connection), moves_pages=True)
        return cast("bool", await self._writer.write(job))

    async def used_bytes(self) -> int:
        return await self._readers.read(vacuum.used_bytes)
