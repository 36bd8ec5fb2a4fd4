"""Events waiting for the client's user: a bounded queue that never blocks the producer."""

from collections import deque
from collections.abc import AsyncIterator, Hashable

import attrs
import trio

from .events import Event


@attrs.frozen
class _Latest:
    key: Hashable


class EventQueue:
    """Queue of log events and transient events.

    Log events are refused when the queue is full. Of transient events only the latest per key is
    stored, so they always fit.

    :param size: maximum number of log events. None: there is no consumer; all events are discarded.
    """

    def __init__(self, size: int | None) -> None:
        if size is not None and size < 1:
            raise ValueError("buffer: must be at least 1, or None for no events")
        self.size = size
        self._queue: deque[Event | _Latest] = deque()
        self._latest: dict[Hashable, Event] = {}
        self._logged = 0
        self._readers = trio.lowlevel.ParkingLot()
        self._drained = trio.lowlevel.ParkingLot()
        self._ended: Exception | None = None

    def space(self, limit: int) -> int:
        """Return how many log events to request from the server: 1 to ``limit``."""
        return limit if self.size is None else max(1, min(limit, self.size - self._logged))

    def put(self, event: Event) -> bool:
        """Add a log event. Returns False if the queue is full."""
        if self.size is None:
            return True
        if self._logged >= self.size:
            return False
        self._logged += 1
        self._queue.append(event)
        self._readers.unpark()
        return True

    def put_latest(self, key: Hashable, event: Event) -> None:
        """Add a transient event, replacing an unread one with the same key."""
        if self.size is None:
            return
        if key not in self._latest:
            self._queue.append(_Latest(key))
            self._readers.unpark()
        self._latest[key] = event

    def end(self, error: Exception) -> None:
        """End the queue. Consumers get the queued events, and then the error."""
        self._ended = error
        self._readers.unpark_all()
        self._drained.unpark_all()

    # An iterator, not a generator: leaving a loop early leaves nothing to close.
    def __aiter__(self) -> AsyncIterator[Event]:
        return self

    async def __anext__(self) -> Event:
        return await self.get()

    async def get(self) -> Event:
        while not self._queue:
            if self._ended is not None:
                raise self._ended.with_traceback(None)  # a reused traceback would grow
            await self._readers.park()
        item = self._queue.popleft()
        if isinstance(item, _Latest):
            return self._latest.pop(item.key)
        self._logged -= 1
        if self.size is not None and self._logged <= self.size // 2:
            self._drained.unpark_all()
        return item

    async def wait_half_empty(self) -> None:
        """Wait until the queue is at most half full, so that it is refilled in large steps."""
        while self.size is not None and self._logged > self.size // 2 and self._ended is None:
            await self._drained.park()
