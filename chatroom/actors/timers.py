"""Wakes many by one task. To say that something is due later than it was costs nothing: it is
noticed when the earlier time comes. So who is idle after each mail needs no timer each time.
"""

import heapq
import itertools
import math
from typing import Final, Protocol

import trio

SWEPT: Final = 100
"""Alarms that are not worth looking through for those that were replaced."""


class Sleeper(Protocol):
    """``due`` is its own, by :func:`trio.current_time`, ``math.inf``: never; ``alarm`` is kept for
    :class:`Timers`, and begins with ``math.inf``."""

    due: float
    alarm: float

    def wake(self) -> None: ...


class Timers:
    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Sleeper]] = []
        self._sweep_at = SWEPT
        self._numbers = itertools.count()
        self._earlier = trio.lowlevel.ParkingLot()

    def expect(self, waked: Sleeper) -> None:
        """It is woken when it is due, unless that has become later by then."""
        if waked.due < waked.alarm:
            waked.alarm = waked.due
            heapq.heappush(self._heap, (waked.due, next(self._numbers), waked))
            if len(self._heap) > self._sweep_at:
                self._sweep()
            if self._heap[0][2] is waked:
                self._earlier.unpark()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            with trio.move_on_at(self._heap[0][0] if self._heap else math.inf):
                await self._earlier.park()
            now = trio.current_time()
            while self._heap and self._heap[0][0] <= now:
                at, _, waked = heapq.heappop(self._heap)
                if at != waked.alarm:  # it was replaced by an earlier one
                    continue
                waked.alarm = math.inf
                if waked.due <= now:
                    waked.wake()
                else:
                    self.expect(waked)

    def _sweep(self) -> None:
        """Who is due soon ten times a second would leave ten alarms a second behind, each for as
        long as one may be idle."""
        self._heap = [entry for entry in self._heap if entry[0] == entry[2].alarm]
        heapq.heapify(self._heap)
        self._sweep_at = max(SWEPT, 2 * len(self._heap))
