"""Flush outboxes: frames pushed in one pass of the event loop are sent in the next pass.

Each outbox needs one send per pass. A session has a writing task of its own only while its network
is full, so most frames cost no task switch. An idle server flushes at once. Under load the passes
get longer, so each send carries more frames.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Protocol

import trio

OUTBOXES_PER_TICK: Final = 100
"""Outboxes flushed before other tasks run. A send takes about 5 us."""


class Flushed(Protocol):
    def flush(self) -> None:
        """Send the queued frames without waiting."""


class Flusher:
    def __init__(self) -> None:
        self._due: list[Flushed] = []
        self._idle = False
        self._work = trio.lowlevel.ParkingLot()
        self._aside: trio.Nursery

    def note(self, outbox: Flushed) -> None:
        """Schedule a flush."""
        self._due.append(outbox)
        if self._idle:
            self._idle = False
            self._work.unpark()

    def start(self, write: Callable[[], Awaitable[None]]) -> None:
        """Run ``write`` in a background task. Only valid while :meth:`run` runs."""
        self._aside.start_soon(write)

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        async with trio.open_nursery() as self._aside:
            task_status.started()
            while True:
                while not self._due:
                    self._idle = True
                    await self._work.park()
                due, self._due = self._due, []
                for start in range(0, len(due), OUTBOXES_PER_TICK):
                    if start:
                        await trio.lowlevel.checkpoint()
                    self.flush(due[start : start + OUTBOXES_PER_TICK])

    def flush(self, outboxes: Sequence[Flushed]) -> None:
        for outbox in outboxes:
            outbox.flush()
