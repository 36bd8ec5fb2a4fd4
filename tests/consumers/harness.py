"""A runner on a store in memory, whose consumer indexes messages and fails when a test wants it."""

from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

import attrs
import trio

from chatroom.consumers.log_consumer import LogConsumer
from chatroom.consumers.runner import ConsumerRunner
from chatroom.store.room_log import Changes

from ..memory_store import MemoryStore
from ..store.room_log import StoredRoom
from .index import Index, Page, entry_of

NAME: Final = "index"


class ConsumedStore(MemoryStore):
    """``killed``: cursors are not written any more, as after a kill of the process.

    ``error``: raised by each operation of consumers.
    """

    def __init__(self) -> None:
        super().__init__()
        self.killed = False
        self.error: type[Exception] | None = None
        self.scans = 0
        self.saves: list[Mapping[str, int]] = []

    async def add_consumer(self, name: str, *, from_now: bool = False) -> None:
        self._raise()
        await super().add_consumer(name, from_now=from_now)

    async def moved_rooms(
        self, consumer: str, after: str, limit: int
    ) -> tuple[list[str], str | None]:
        self._raise()
        self.scans += 1
        return await super().moved_rooms(consumer, after, limit)

    async def unhandled(self, consumer: str, room: str, since: int, limit: int) -> Changes:
        self._raise()
        return await super().unhandled(consumer, room, since, limit)

    async def move_consumer_cursors(self, consumer: str, revs: Mapping[str, int]) -> None:
        self._raise()
        if not self.killed:
            self.saves.append(revs)
            await super().move_consumer_cursors(consumer, revs)

    def _raise(self) -> None:
        if self.error is not None:
            raise self.error("planted")


class Broken(Exception):
    pass


@attrs.define(eq=False)
class Consuming:
    """The consumer, across its runs.

    :ivar pages: of successful calls, with the virtual time.
    :ivar attempts: the times at which pages of each room were handed, also in vain.
    :ivar handle_s: the time that handling a page takes.
    :ivar failing: rooms whose pages fail.
    :ivar error: with which they fail.
    """

    store: ConsumedStore
    runner_type: type[ConsumerRunner] = ConsumerRunner
    index: Index = attrs.field(factory=Index)
    pages: list[Page] = attrs.field(factory=list)
    attempts: dict[str, list[float]] = attrs.field(factory=dict)
    handle_s: float = 0
    failing: Collection[str] = ()
    error: Exception = attrs.field(factory=Broken)
    under_way: set[str] = attrs.field(factory=set)
    max_under_way: int = 0

    async def handle(self, room: str, page: Changes) -> None:
        assert room not in self.under_way, "pages of one room come one after the other"
        self.under_way.add(room)
        self.max_under_way = max(self.max_under_way, len(self.under_way))
        try:
            self.attempts.setdefault(room, []).append(trio.current_time())
            await trio.sleep(self.handle_s)
            if room in self.failing:
                raise self.error
        finally:
            self.under_way.remove(room)
        self.pages.append(Page.of(room, page))
        self.index.take(self.pages[-1])

    @asynccontextmanager
    async def running(
        self, *, max_ready: int = 100, kill: bool = False, **options: Any
    ) -> AsyncIterator[ConsumerRunner]:
        """Run the consumer. With ``kill``, the end of the block writes no cursors."""
        consumer = LogConsumer(NAME, self.handle, **options)
        runner = self.runner_type(consumer, self.store, jitter=lambda: 0, max_ready=max_ready)
        self.store.killed = False
        async with trio.open_nursery() as nursery:
            nursery.start_soon(runner.run)
            try:
                yield runner
            finally:
                self.store.killed = kill
                nursery.cancel_scope.cancel()

    def revs(self, room: str) -> list[int]:
        return [rev for page in self.pages if page.room == room for _, rev, _, _ in page.entries]

    def faults(self, *rooms: StoredRoom) -> list[str]:
        logs = {talk.name: [entry_of(talk.log[seq]) for seq in sorted(talk.log)] for talk in rooms}
        return self.index.faults(logs)
