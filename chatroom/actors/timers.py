"""One timer task for many sleepers.

Postponing a sleeper is free: its heap entry stays at the earlier time and is moved when that time
comes. So an actor that becomes idle after each mail needs no new timer each time.
"""

import heapq
import itertools
import math
from typing import Final, Protocol

import trio

MIN_SWEPT: Final = 100
"""Minimum number of heap entries for which removing replaced ones is worth while."""


class Sleeper(Protocol):
    """An object that :class:`Timers` wakes.

    :ivar due: when to wake it, by :func:`trio.current_time`; ``math.inf`` for never. Set by the
        object itself.
    :ivar timer_at: reserved for :class:`Timers`, the time of its heap entry; initially
        ``math.inf``.
    """

    due: float
    timer_at: float

    def wake(self) -> None: ...


class Timers:
    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Sleeper]] = []
        self._sweep_at = MIN_SWEPT
        self._numbers = itertools.count()
        self._earlier = trio.lowlevel.ParkingLot()

    def schedule(self, sleeper: Sleeper) -> None:
        """Wake the sleeper when it is due. ``due`` may be postponed later without another call."""
        if sleeper.due < sleeper.timer_at:
            sleeper.timer_at = sleeper.due
            heapq.heappush(self._heap, (sleeper.due, next(self._numbers), sleeper))
            if len(self._heap) > self._sweep_at:
                self._sweep()
            if self._heap[0][2] is sleeper:
                self._earlier.unpark()

    async def run(self) -> None:
        """Run until cancelled."""
        while True:
            with trio.move_on_at(self._heap[0][0] if self._heap else math.inf):
                await self._earlier.park()
            now = trio.current_time()
            while self._heap and self._heap[0][0] <= now:
                at, _, sleeper = heapq.heappop(self._heap)
                if at != sleeper.timer_at:  # replaced by an earlier entry
                    continue
                sleeper.timer_at = math.inf
                if sleeper.due <= now:
                    sleeper.wake()
                else:
                    self.schedule(sleeper)

    def _sweep(self) -> None:
        """Remove replaced entries.

        A sleeper that is due soon ten times a second would otherwise leave ten entries a second,
        each for as long as an actor may be idle.
        """
        self._heap = [entry for entry in self._heap if entry[0] == entry[2].timer_at]
        heapq.heapify(self._heap)
        self._sweep_at = max(MIN_SWEPT, 2 * len(self._heap))
