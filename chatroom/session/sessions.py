"""All sessions of the server: one task checks their timeouts. Drained when the server stops."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import trio

from ..errors import CloseCode
from ..histogram import Histogram
from .session import Session

CHECK_INTERVAL_S: Final = 1
SESSIONS_PER_TICK: Final = 500
STALL_S: Final = 1
"""A timer this late means that the process or its event loop was stalled, not merely busy."""

logger = logging.getLogger(__name__)


class Sessions:
    """Runs all sessions.

    :ivar lag: seconds by which the event loop is late to wake a task that sleeps for a second.
    """

    def __init__(self) -> None:
        self._live: set[Session] = set()
        self.draining = False
        self.lag: Final = Histogram()
        self._session_ended = trio.lowlevel.ParkingLot()

    def __len__(self) -> int:
        return len(self._live)

    @contextmanager
    def track(self, session: Session) -> Iterator[None]:
        self._live.add(session)
        if self.draining:
            session.handle.end(CloseCode.RESTART)
        try:
            yield
        finally:
            self._live.discard(session)
            self._session_ended.unpark_all()

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Check timeouts of all sessions. A timer per session would cost more than the check."""
        task_status.started()
        while True:
            self.lag.observe(await self._sleep(CHECK_INTERVAL_S))
            for number, session in enumerate(list(self._live)):
                if number % SESSIONS_PER_TICK == 0:
                    await self._sleep(0)
                session.timeouts.check(trio.current_time())

    async def _sleep(self, seconds: float) -> float:
        """Sleep. Returns by how many seconds too long.

        A wake-up far too late extends the timeouts of all sessions by the delay.
        """
        due = trio.current_time() + seconds
        await trio.sleep_until(due)
        late = trio.current_time() - due
        if late > STALL_S:
            logger.warning("event loop stalled", extra={"seconds": round(late, 1)})
            for session in self._live:
                session.timeouts.shift(late)
        return late

    async def drain(self) -> None:
        """Refuse new calls, answer those in flight, then close all sessions with 1012 (restart).

        The caller sets a deadline. If cancelled, this still closes all sessions.
        """
        self.draining = True
        for session in self._live:
            session.draining = True
        try:
            for session in list(self._live):
                await session.handle.calls.wait_for_fewer(1)
        finally:
            for session in self._live:
                session.handle.end(CloseCode.RESTART)
        while self._live:
            await self._session_ended.park()
