"""Runs one log consumer (I8): hands it each room's log in pages, at least once and in order.

The store is scanned at the start only, for rooms that moved while the consumer did not run. After
that, the store tells which rooms have moved. A page is read after the room's cursor, which moves
after the page was handled: whatever happens in between, the page is handed again.
"""

import logging
import random
from collections.abc import Callable
from typing import Final

import trio

from ..errors import StorageFailed, StorageUnavailable
from ..store.consumers import ConsumerStore
from ..store.room_log import Changes
from .cursors import RETRY_S, Cursors
from .log_consumer import LogConsumer
from .room_delay import RoomDelay
from .room_queue import MAX_READY, RoomQueue

logger = logging.getLogger(__name__)

SCAN_ROOMS: Final = 1000
"""Rooms that one read of a scan looks at."""
SCAN_INTERVAL_S: Final = 1.0
"""Pause between two scans, if one finds no place for all rooms that moved."""
FIRST_PAUSE_S: Final = 1.0
"""Pause of a room after its first failure. It doubles with each further one."""
LONGEST_PAUSE_S: Final = 60.0
MAX_RESTING: Final = 1000
"""Rooms that pause after a failure. With that many, all is likely to fail; the worker whose room
fails then pauses too."""


class ConsumerRunner:
    """
    :param jitter: returns a random number from 0 to 1, which shortens a pause by up to half.
    :param max_ready: see :class:`.room_queue.RoomQueue`.

    :ivar queue: the rooms that are known to have moved.
    :ivar delay: those of them that are held back. Empty for a consumer of all changes.
    :ivar turn: see :attr:`.LogConsumer.turn`.
    :ivar handled: counts handled messages.
    :ivar failures: counts failures to read or handle a page.
    """

    def __init__(
        self,
        consumer: LogConsumer,
        store: ConsumerStore,
        *,
        jitter: Callable[[], float] = random.random,
        max_ready: int = MAX_READY,
    ) -> None:
        self._consumer = consumer
        self._store = store
        self._jitter = jitter
        self._cursors = Cursors(store, consumer.name)
        self._failures_in_a_row: dict[str, int] = {}
        self.queue: Final = RoomQueue(max_ready)
        self.delay: Final = RoomDelay(
            consumer.posts_at_s or 0, self.queue.add, self.queue.overflow, max_rooms=max_ready
        )
        self.turn = consumer.turn
        self.handled = 0
        self.failures = 0

    @property
    def name(self) -> str:
        return self._consumer.name

    @property
    def failing(self) -> int:
        """The number of rooms whose last page failed, also while it is tried again."""
        return len(self._failures_in_a_row)

    async def run(self) -> None:
        """Run the consumer until cancelled.

        :raises StorageFailed: the process must end.
        """
        await self._register()
        told = self.delay.add if self._consumer.posts_at_s else self.queue.add
        with self._store.telling_moved(told):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self.delay.run)
                nursery.start_soon(self._cursors.run)
                nursery.start_soon(self._scan)
                for _ in range(self._consumer.max_concurrent):
                    nursery.start_soon(self._work, nursery)

    async def _register(self) -> None:
        while True:
            try:
                await self._store.add_consumer(self.name, from_now=self._consumer.from_now)
            except StorageFailed:
                raise
            except Exception as error:
                logger.warning("consumer %s not registered: %s", self.name, error)
                await trio.sleep(RETRY_S)
            else:
                return

    async def _scan(self) -> None:
        """Find rooms in the store: at the start, and whenever the queue has overflowed."""
        while True:
            await self.queue.overflowed.wait()
            self.queue.overflowed = trio.Event()
            after: str | None = ""
            while after is not None:
                await self.queue.wait_for_space()
                try:
                    rooms, after = await self._store.moved_rooms(self.name, after, SCAN_ROOMS)
                except StorageFailed:
                    raise
                except Exception as error:
                    logger.warning("rooms for consumer %s not found: %s", self.name, error)
                    await trio.sleep(RETRY_S)
                else:
                    self.queue.add(rooms)
            await trio.sleep(SCAN_INTERVAL_S)

    async def _work(self, nursery: trio.Nursery) -> None:
        """Handle one page after the other, each of the room that has waited longest."""
        while True:
            room = await self.queue.take()
            await self.turn()
            try:
                more = await self._handle_page(room)
            except StorageFailed:
                raise
            except Exception as error:  # the boundary of a page: others are handled all the same
                await self._pause(room, error, nursery)
            else:
                self._failures_in_a_row.pop(room, None)
                self.queue.done(room, more=more)

    async def _handle_page(self, room: str) -> bool:
        """Read the next page of a room, have it handled, and move the cursor. Return whether there
        is more to read."""
        page, wait_s = await self._read(room)
        if page.messages or page.pruned or not wait_s:
            await self._hand(room, page)
            await self._cursors.move(room, page.next_rev)
        if wait_s:
            self.delay.hold(room, wait_s)
            return False
        return page.next_rev < page.head_rev

    async def _read(self, room: str) -> tuple[Changes, float]:
        """Return the next page, and the seconds until the message after it has its age; 0 if there
        is no such message."""
        since, limit = self._cursors.unsaved(room), self._consumer.page_messages
        age_s = self._consumer.posts_at_s
        if age_s is None:
            return await self._store.unhandled(self.name, room, since, limit), 0.0
        now = self._consumer.clock()
        # A message of the future shows that the clock was set back, and does not wait.
        young = range(now - round(age_s * 1000) + 1, now + 1)
        posts = await self._store.unhandled_posts(self.name, room, since, limit, young)
        wait_s = 0.0 if posts.young is None else (posts.young - young.start + 1) / 1000
        return posts.page, wait_s

    async def _hand(self, room: str, page: Changes) -> None:
        if page.messages or page.pruned:
            with trio.fail_after(self._consumer.timeout_s):
                await self._consumer.handle(room, page)
            self.handled += len(page.messages)

    async def _pause(self, room: str, error: Exception, nursery: trio.Nursery) -> None:
        self.failures += 1
        failures = self._failures_in_a_row.get(room, 0) + 1
        self._failures_in_a_row[room] = failures
        if failures == 1:
            _log(self.name, room, error)
        longest = min(FIRST_PAUSE_S * 2.0 ** min(failures - 1, 30), LONGEST_PAUSE_S)
        seconds = longest * (1 - self._jitter() / 2)
        full = self.queue.resting >= MAX_RESTING
        self.queue.rest(room)
        if full:
            await self._rest(room, min(seconds, FIRST_PAUSE_S))
        else:
            nursery.start_soon(self._rest, room, seconds)

    async def _rest(self, room: str, seconds: float) -> None:
        await trio.sleep(seconds)
        self.queue.wake(room)


def _log(consumer: str, room: str, error: Exception) -> None:
    extra = {"room": room}
    if isinstance(error, StorageUnavailable):
        logger.warning("consumer %s waits: %s", consumer, error, extra=extra)
    else:
        logger.error("consumer %s failed", consumer, exc_info=error, extra=extra)
