"""Rooms that have moved, held back until their messages are old enough for a consumer."""

import heapq
from collections.abc import Callable, Iterable
from typing import Final

import trio


class RoomDelay:
    """:param delay_s: time for which a room is held.
    :param due: called with the rooms whose time has come.
    :param overflowed: called if a room finds no place, so that the store must be scanned.
    """

    def __init__(
        self,
        delay_s: float,
        due: Callable[[Iterable[str]], None],
        overflowed: Callable[[], None],
        *,
        max_rooms: int,
    ) -> None:
        self._delay_s: Final = delay_s
        self._due = due
        self._overflowed = overflowed
        self._max_rooms = max_rooms
        self._times: dict[str, float] = {}
        # With entries of rooms whose time was brought forward.
        self._heap: list[tuple[float, str]] = []
        self._news = trio.lowlevel.ParkingLot()

    def __len__(self) -> int:
        return len(self._times)

    def add(self, rooms: Iterable[str]) -> None:
        """Hold rooms that have moved now. Those that are held already keep their time."""
        time = trio.current_time() + self._delay_s
        for room in rooms:
            if room not in self._times:
                self._put(room, time)

    def hold(self, room: str, seconds: float) -> None:
        """Hold a room for at most ``seconds``."""
        time = trio.current_time() + seconds
        if time < self._times.get(room, float("inf")):
            self._put(room, time)

    def _put(self, room: str, time: float) -> None:
        if len(self._times) >= self._max_rooms and room not in self._times:
            self._overflowed()
            return
        self._times[room] = time
        heapq.heappush(self._heap, (time, room))
        if self._heap[0] == (time, room):
            self._news.unpark_all()

    async def run(self) -> None:
        while True:
            wait_s = self._heap[0][0] - trio.current_time() if self._heap else float("inf")
            if wait_s > 0:
                with trio.move_on_after(wait_s):
                    await self._news.park()
                continue
            self._due(self._take_due())
            await trio.lowlevel.checkpoint()

    def _take_due(self) -> list[str]:
        now, rooms = trio.current_time(), []
        while self._heap and self._heap[0][0] <= now:
            time, room = heapq.heappop(self._heap)
            if self._times.get(room) == time:
                del self._times[room]
                rooms.append(room)
        return rooms
