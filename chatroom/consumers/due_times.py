"""Keys that become due, each at its time."""

import heapq
import math
from typing import Generic, TypeVar

import trio

K = TypeVar("K", int, str)


class DueTimes(Generic[K]):
    """Times are those of :func:`trio.current_time`."""

    def __init__(self) -> None:
        self._times: dict[K, float] = {}
        # With entries of keys whose time was changed.
        self._heap: list[tuple[float, K]] = []
        self._earlier = trio.lowlevel.ParkingLot()

    def __len__(self) -> int:
        return len(self._times)

    def __contains__(self, key: K) -> bool:
        return key in self._times

    def at(self, key: K) -> float:
        """Return when a key is due; ``math.inf`` if it is not here."""
        return self._times.get(key, math.inf)

    def set(self, key: K, time: float) -> None:
        """Add a key, or change its time."""
        self._times[key] = time
        heapq.heappush(self._heap, (time, key))
        if self._heap[0] == (time, key):
            self._earlier.unpark_all()

    async def take_due(self) -> list[K]:
        """Wait until keys are due. Remove and return them, by time."""
        await trio.lowlevel.checkpoint()
        while not (due := self._take()):
            with trio.move_on_at(self._heap[0][0] if self._heap else math.inf):
                await self._earlier.park()
        return due

    def _take(self) -> list[K]:
        now, due = trio.current_time(), []
        while self._heap and self._heap[0][0] <= now:
            time, key = heapq.heappop(self._heap)
            if self._times.get(key) == time:
                del self._times[key]
                due.append(key)
        return due
