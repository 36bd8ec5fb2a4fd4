"""The store in a PostgreSQL database, as far as it differs from other engines.

Connections: :mod:`.connection`, with the translation of statements (:mod:`.dialect`). Checks at the
start: :mod:`.startup`. Groups of writes: :mod:`.commits`. Several nodes: :mod:`.incarnation`,
:mod:`.heartbeat`. Search: :mod:`.search_match`.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final, cast

from ...model import Message
from .. import news_codec
from ..bus import MAX_BYTES
from ..news import News, RoomNews
from ..room_log import Batch, Decision, text_size
from ..search import FORGET_AFTER_S, IndexedPage, Search, SearchPage
from ..sql import search_documents
from ..sql.connection import Connection
from ..sql.search import search
from ..sql.store import SqlStore
from . import feed
from .database import PostgresDatabase
from .search_match import match

NEWS: Final = "news"
"""The kind of messages with news."""


class PostgresStore(PostgresDatabase, SqlStore):
    """Implements :class:`chatroom.store.store.Store`."""

    async def commit(self, batch: Batch) -> Decision:
        ahead = await self._count_ahead(batch) if batch.reads else ()
        return cast("Decision", await self._writer.write(self._commits.job(batch, ahead)))

    # ---- news

    @contextmanager
    def telling_news(
        self,
        told: Callable[[Sequence[News]], None],
        follows: Callable[[str], bool] = lambda room: True,
    ) -> Iterator[None]:
        def tell(found: Sequence[News]) -> None:
            told(found)
            if self.others:
                for message in news_codec.encode(found, MAX_BYTES, self._commits.encoded):
                    self.bus.tell(NEWS, message)

        def heard(_: int, message: bytes) -> None:
            self.hear(news_codec.decode(message, follows), told)

        with super().telling_news(tell), self.bus.hearing(NEWS, heard):
            yield

    def hear(self, found: Sequence[News], told: Callable[[Sequence[News]], None]) -> None:
        """Keep what another node has committed, and tell of it."""
        self._recent.add(found)
        told(found)
        rooms = [each.room for each in found if isinstance(each, RoomNews)]
        for told_moved in self._told_moved:
            told_moved(rooms)

    async def since(self, room: str, version: int) -> list[RoomNews] | None:
        return self._recent.since(room, version) or await self._readers.read(
            feed.since, room, version
        )

    async def search(
        self, wanted: Search, size: Callable[[Message], int] = text_size
    ) -> SearchPage:
        return await self._readers.read_long(wanted.user, search, match, wanted, size)

    async def index(self, pages: Sequence[IndexedPage]) -> None:
        await self._write_for({page.room for page in pages}, search_documents.index, pages)

    async def forget_words(self, after_s: int = FORGET_AFTER_S) -> bool:
        return False  # PostgreSQL does so by itself

    async def give_back(self) -> bool:
        return False

    async def used_bytes(self) -> int:
        return await self._readers.read(_used_bytes)


def _used_bytes(connection: Connection) -> int:
    (size,) = connection.execute("SELECT pg_database_size(current_database())").fetchone()
    return int(size)
