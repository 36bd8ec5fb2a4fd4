"""Flushes outboxes: what was pushed in one pass of the loop leaves in the next, with one send each.

Most frames leave so, without a turn of the scheduler for each session; only who has a full network
costs a task, as long as it is full. An idle server flushes at once; a busy one joins more frames by
itself, as its passes get longer.
"""

from collections.abc import Awaitable, Callable
from typing import Final, Protocol

import trio

FLUSHED_A_PASS: Final = 100
"""Outboxes flushed before the other tasks get a turn: a send costs some 5 us."""


class Flushed(Protocol):
    def flush(self) -> None:
        """Send what there is, without waiting."""


class Flusher:
    def __init__(self) -> None:
        self._due: list[Flushed] = []
        self._idle = trio.lowlevel.ParkingLot()
        self._aside: trio.Nursery

    def note(self, outbox: Flushed) -> None:
        """Flush it soon; an outbox sees to it that it is noted once."""
        self._due.append(outbox)
        if self._idle:
            self._idle.unpark()

    def start(self, write: Callable[[], Awaitable[None]]) -> None:
        """Let it wait for its network aside; only while the flusher runs."""
        self._aside.start_soon(write)

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        async with trio.open_nursery() as self._aside:
            task_status.started()
            while True:
                while not self._due:
                    await self._idle.park()
                due, self._due = self._due, []
                for number, outbox in enumerate(due, 1):
                    outbox.flush()
                    if number % FLUSHED_A_PASS == 0:
                        await trio.lowlevel.checkpoint()
