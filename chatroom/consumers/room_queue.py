"""The rooms that a consumer has to read."""

from collections.abc import Iterable
from typing import Final

import trio

MAX_READY: Final = 10_000
"""Rooms that wait. Rooms that find no place are found by the next scan of the store."""


class RoomQueue:
    """Each room is in it once: ready, or taken by one worker, or resting after a failure.

    :param max_ready: the maximum of ready rooms that :meth:`add` leaves.

    :ivar overflowed: set when a room found no place, so that the store must be scanned. At first it
        is set, too.
    """

    def __init__(self, max_ready: int) -> None:
        self._max_ready = max_ready
        self._ready: dict[str, None] = {}
        self._taken: dict[str, bool] = {}
        """With whether the room was added once more, so that it has moved since it was read."""
        self._resting: set[str] = set()
        self._news = trio.lowlevel.ParkingLot()
        self._space = trio.lowlevel.ParkingLot()
        self.overflowed = trio.Event()
        self.overflowed.set()

    def __len__(self) -> int:
        return len(self._ready) + len(self._taken) + len(self._resting)

    @property
    def resting(self) -> int:
        """The number of resting rooms."""
        return len(self._resting)

    def add(self, rooms: Iterable[str]) -> None:
        """Add rooms that have moved. A resting one is read after its rest anyway."""
        for room in rooms:
            if room in self._taken:
                self._taken[room] = True
            elif room in self._ready or room in self._resting:
                pass
            elif len(self._ready) < self._max_ready:
                self._make_ready(room)
            else:
                self.overflow()

    def overflow(self) -> None:
        """Note that a room found no place."""
        self.overflowed.set()

    async def take(self) -> str:
        """Wait for a ready room, and take the one that has waited longest."""
        while not self._ready:
            await self._news.park()
        room = next(iter(self._ready))
        del self._ready[room]
        self._taken[room] = False
        if self._has_space():
            self._space.unpark_all()
        return room

    def done(self, room: str, *, more: bool) -> None:
        """Return a taken room. With ``more`` it is read again, after all that are ready."""
        if self._taken.pop(room) or more:
            self._make_ready(room)

    def rest(self, room: str) -> None:
        """Let a taken room rest until :meth:`wake`."""
        del self._taken[room]
        self._resting.add(room)

    def wake(self, room: str) -> None:
        self._resting.remove(room)
        self._make_ready(room)

    async def wait_for_space(self) -> None:
        """Wait until at least half of the places are free."""
        while not self._has_space():
            await self._space.park()

    def _has_space(self) -> bool:
        return len(self._ready) <= self._max_ready // 2

    def _make_ready(self, room: str) -> None:
        self._ready[room] = None
        self._news.unpark()
