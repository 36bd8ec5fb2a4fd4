"""What waits for the user of a client: bounded, in order, never blocking who puts in."""

from collections import deque
from collections.abc import AsyncIterator, Hashable

import attrs
import trio

from .events import Event


@attrs.frozen
class _Noted:
    key: Hashable


class EventQueue:
    """Events of a log find space or don't; of passing ones only the last of each key is kept.

    ``size`` None: nobody listens, and everything goes through as if it had been taken.
    """

    def __init__(self, size: int | None) -> None:
        if size is not None and size < 1:
            raise ValueError("a buffer has space for one message at least; None: for nobody")
        self.size = size
        self._queue: deque[Event | _Noted] = deque()
        self._notes: dict[Hashable, Event] = {}
        self._logged = 0
        self._readers = trio.lowlevel.ParkingLot()
        self._drained = trio.lowlevel.ParkingLot()
        self._ended: Exception | None = None

    def space(self, most: int) -> int:
        """How many of so many events of a log to ask a server for, at least 1."""
        return most if self.size is None else max(1, min(most, self.size - self._logged))

    def put(self, event: Event) -> bool:
        if self.size is None:
            return True
        if self._logged >= self.size:
            return False
        self._logged += 1
        self._queue.append(event)
        self._readers.unpark()
        return True

    def note(self, key: Hashable, event: Event) -> None:
        if self.size is None:
            return
        if key not in self._notes:
            self._queue.append(_Noted(key))
            self._readers.unpark()
        self._notes[key] = event

    def end(self, error: Exception) -> None:
        """What is in the buffer can still be taken; after it, the error."""
        self._ended = error
        self._readers.unpark_all()
        self._drained.unpark_all()

    # An iterator and not a generator: whoever breaks off a loop leaves nothing to be closed.
    def __aiter__(self) -> AsyncIterator[Event]:
        return self

    async def __anext__(self) -> Event:
        return await self.take()

    async def take(self) -> Event:
        while not self._queue:
            if self._ended is not None:
                raise self._ended.with_traceback(None)  # which would grow each time
            await self._readers.park()
        item = self._queue.popleft()
        if isinstance(item, _Noted):
            return self._notes.pop(item.key)
        self._logged -= 1
        if self.size is not None and self._logged <= self.size // 2:
            self._drained.unpark_all()
        return item

    async def half_empty(self) -> None:
        """Until it is worth filling again: not for each single event that is taken."""
        while self.size is not None and self._logged > self.size // 2 and self._ended is None:
            await self._drained.park()
