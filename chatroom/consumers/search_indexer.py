"""The log consumer that feeds the search index."""

from collections import deque
from collections.abc import Callable
from typing import Final

import attrs
import trio

from ..search.documents import document
from ..store.room_log import Changes
from ..store.search import CONSUMER, IndexedMessage, IndexedPage, SearchStore
from .log_consumer import LogConsumer
from .pace import Pace

PAGE_MESSAGES: Final = 50
SLICE_MESSAGES: Final = 50
"""Messages written in one commit, which delays others by a few ms. A slice has at least one
page."""
CHARS_PER_TICK: Final = 2_000
"""Characters of texts that are divided into tokens before other tasks run: half a ms."""


@attrs.define(eq=False)
class _Waiting:
    page: IndexedPage
    written: bool = False


class SearchIndexer:
    """Writes pages of several rooms in one commit, since most pages are small while few people
    write."""

    def __init__(self, store: SearchStore, pace: Pace) -> None:
        self._store = store
        self._pace = pace
        self._waiting: deque[_Waiting] = deque()
        self._writing = trio.Lock()

    async def handle(self, room: str, page: Changes) -> None:
        self._pace.behind = page.next_rev < page.head_rev
        waiting = _Waiting(await indexed_page(room, page))
        self._waiting.append(waiting)
        try:
            async with self._writing:  # in the order in which they wait
                if not waiting.written:
                    await self._write()
        finally:
            if not waiting.written:
                self._waiting.remove(waiting)

    async def _write(self) -> None:
        """Write the pages that have waited longest."""
        slice_ = [self._waiting[0]]
        messages = len(slice_[0].page.messages)
        for waiting in list(self._waiting)[1:]:
            messages += len(waiting.page.messages)
            if messages > SLICE_MESSAGES:
                break
            slice_.append(waiting)
        await self._store.index([waiting.page for waiting in slice_])
        for waiting in slice_:
            waiting.written = True
            self._waiting.remove(waiting)


async def indexed_page(room: str, page: Changes) -> IndexedPage:
    """Make the documents of a page, and let other tasks run now and then."""
    indexed = []
    chars = 0
    for message in page.messages:
        found = None if message.deleted else document(message)
        indexed.append(IndexedMessage(message.seq, message.rev, message.timestamp, found))
        chars += len(message.text)
        if chars > CHARS_PER_TICK:
            chars = 0
            await trio.lowlevel.checkpoint()
    return IndexedPage(room, tuple(indexed), page.next_rev)


def search_consumer(store: SearchStore, *, cpu_s: Callable[[], float] | None = None) -> LogConsumer:
    """:param cpu_s: see :class:`.pace.Pace`."""
    pace = Pace() if cpu_s is None else Pace(cpu_s)
    indexer = SearchIndexer(store, pace)
    return LogConsumer(
        CONSUMER, indexer.handle, page_messages=PAGE_MESSAGES, turn=pace.turn, max_concurrent=8
    )
