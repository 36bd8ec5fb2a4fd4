"""All sessions of the server: kept alive by one task, and drained when it stops."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import trio

from ..errors import CloseCode
from ..histogram import Histogram
from .session import Session

KEEP_EVERY_S: Final = 1
KEPT_A_PASS: Final = 500
LATE_S: Final = 1
"""A loop that is busy is later than that only if it serves nobody."""

logger = logging.getLogger(__name__)


class Sessions:
    """``lag``: seconds by which the loop comes back late to a task that slept for one."""

    def __init__(self) -> None:
        self._live: set[Session] = set()
        self.draining = False
        self.lag: Final = Histogram()
        self._somebody_left = trio.lowlevel.ParkingLot()

    def __len__(self) -> int:
        return len(self._live)

    @contextmanager
    def entered(self, session: Session) -> Iterator[None]:
        self._live.add(session)
        if self.draining:
            session.line.end(CloseCode.RESTART)
        try:
            yield
        finally:
            self._live.discard(session)
            self._somebody_left.unpark_all()

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """One task for all of them: a timer in each would cost more than the check."""
        task_status.started()
        while True:
            self.lag.observe(await self._pass_time(KEEP_EVERY_S))
            for number, session in enumerate(list(self._live)):
                if number % KEPT_A_PASS == 0:
                    await self._pass_time(0)
                session.keep(trio.current_time())

    async def _pass_time(self, seconds: float) -> float:
        """Sleep, and say how many seconds too long: if by much, the process was stopped, or its
        loop was."""
        due = trio.current_time() + seconds
        await trio.sleep_until(due)
        late = trio.current_time() - due
        if late > LATE_S:
            logger.warning("the server stood still", extra={"seconds": round(late, 1)})
            for session in self._live:
                session.shift(late)
        return late

    async def drain(self) -> None:
        """Refuse new calls, answer what is in flight, then tell everybody to come back.

        Under the caller's deadline; cancelled, it still has told everybody.
        """
        self.draining = True
        for session in self._live:
            session.draining = True
        try:
            for session in list(self._live):
                await session.line.wait_in_flight(1)
        finally:
            for session in self._live:
                session.line.end(CloseCode.RESTART)
        while self._live:
            await self._somebody_left.park()
