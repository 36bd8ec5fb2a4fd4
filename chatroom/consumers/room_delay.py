"""Rooms that have moved, held back until their messages are old enough for a consumer."""

from collections.abc import Callable, Iterable
from typing import Final

import trio

from .due_times import DueTimes


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
        self._times = DueTimes[str]()

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
        if time < self._times.at(room):
            self._put(room, time)

    def _put(self, room: str, time: float) -> None:
        if len(self._times) >= self._max_rooms and room not in self._times:
            self._overflowed()
        else:
            self._times.set(room, time)

    async def run(self) -> None:
        while True:
            self._due(await self._times.take_due())
