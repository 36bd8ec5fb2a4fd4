"""Group commit: one task, one thread at a time, and whatever waits is the next group.

Knows when work is written, not what it is.
"""

import logging
import sqlite3
from collections import deque
from collections.abc import Sequence
from typing import Any, Final

import attrs
import trio

from ...actors.batching import gather
from ...errors import NoThread, StorageDamaged, StorageFailed, StorageUnavailable
from ...histogram import SIZES, Histogram
from .commit_mark import CommitMark
from .damage import Damage
from .run_sync import RunSync
from .transaction import (
    Failed,
    Job,
    Outcome,
    write_group,
)

logger = logging.getLogger(__name__)

GROUP: Final = 1000
"""Jobs in one transaction at most: bounds what a rollback costs and how long it blocks."""
GATHER_PASSES: Final = 6
"""Passes of the loop in which a group may become as large as the last one was."""
LATE: Final = 4.0
"""Seconds after which a commit in flight is trouble: health has to tell of it within five."""
SLOW_S: Final = 2.0
"""Seconds after which a commit has a line in the log."""
GRACE: Final = 10.0
"""Seconds for what is waiting when the writer is told to end."""


@attrs.define(eq=False)
class _Waiter:
    job: Job
    outcome: Outcome = None
    done: trio.Event = attrs.Factory(trio.Event)

    def finish(self, outcome: Outcome) -> None:
        self.outcome = outcome
        self.done.set()


class Writer:
    """Owns the connection that writes, from :meth:`run` until it returns."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        mark: CommitMark,
        damage: Damage,
        run_sync: RunSync,
    ) -> None:
        self._connection = connection
        self._mark = mark
        self._damage = damage
        self._run_sync = run_sync
        self._limiter = trio.CapacityLimiter(1)
        self._in_thread = False
        self._entered_thread = False
        self._expected = 0
        # Not bounded here: each room has one batch with the writer at a time, and waits.
        self._waiting: deque[_Waiter] = deque()
        self._work = trio.Event()
        self._began: float | None = None
        self._failure: str | None = None
        self._ended = False
        self.group_size: Final = Histogram(SIZES)
        self.commit_s: Final = Histogram()

    @property
    def waiting(self) -> int:
        """Jobs that are in no group yet."""
        return len(self._waiting)

    @property
    def writing(self) -> bool:
        """Whether a group is in its thread now."""
        return self._in_thread

    def trouble(self) -> str | None:
        if self._ended:
            return "the store has ended"
        if self._began is not None and trio.current_time() - self._began > LATE:
            return f"a commit is taking more than {LATE:.0f} s"
        return self._failure

    async def write(self, job: Job) -> Any:
        """What the job returns, once it is durable. A cancelled caller's job is written too.

        :raises StorageUnavailable: nothing was written.
        :raises trio.ClosedResourceError: the writer has ended; nothing was written.
        """
        if self._ended:
            raise trio.ClosedResourceError("the store has ended")
        waiter = _Waiter(job)
        self._waiting.append(waiter)
        self._work.set()
        await waiter.done.wait()
        if isinstance(waiter.outcome, Failed):
            raise waiter.outcome.error
        return waiter.outcome

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Write until cancelled, and then what is waiting.

        :raises StorageFailed: when it is not known what was written: the process must end.
        """
        task_status.started()
        try:
            while True:
                await self._work.wait()
                await gather(self._waiting, self._expected, passes=GATHER_PASSES)
                self._expected = len(self._waiting)
                await self._write_group()
        finally:
            deadline = trio.current_time() + GRACE
            try:
                while self._waiting and not self._ended and trio.current_time() < deadline:
                    await self._write_group()
            finally:
                self._end(trio.ClosedResourceError, "the store has ended")

    async def _write_group(self) -> None:
        group = [self._waiting.popleft() for _ in range(min(len(self._waiting), GROUP))]
        if not self._waiting:
            self._work = trio.Event()
        self._began = began = trio.current_time()
        self._in_thread = True
        self._entered_thread = False
        outcomes: list[Outcome]
        try:
            # A write is never abandoned. No deadline, because none could end the thread; it is
            # trouble() that tells.
            with trio.CancelScope(shield=True):
                outcomes = await self._run_sync(
                    self._write_in_thread,
                    [waiter.job for waiter in group],
                    limiter=self._limiter,
                )
        except BaseException as error:
            if isinstance(error, RuntimeError) and not self._entered_thread:
                # No thread could be started, so nothing can have been written.
                why = f"cannot write now: {error}"
                logger.error(why)
                self._settle(group, [Failed(NoThread(why)) for _ in group])
                return
            self._waiting.extendleft(reversed(group))
            self._end(StorageFailed, f"the outcome is unknown: {error}")
            raise
        finally:
            self._began = None
            self._in_thread = False
        self._count(len(group), trio.current_time() - began)
        self._settle(group, outcomes)

    def _count(self, size: int, seconds: float) -> None:
        self.group_size.observe(size)
        self.commit_s.observe(seconds)
        if seconds > SLOW_S:
            logger.warning("a commit was slow", extra={"seconds": round(seconds, 2), "jobs": size})

    def _settle(self, group: Sequence[_Waiter], outcomes: Sequence[Outcome]) -> None:
        self._failure = None
        for waiter, outcome in zip(group, outcomes, strict=True):
            if isinstance(outcome, Failed):
                if isinstance(outcome.error, StorageDamaged):
                    self._damage.note(outcome.error)
                elif _is_storage(outcome.error):
                    self._failure = str(outcome.error)
            waiter.finish(outcome)

    def _write_in_thread(self, jobs: Sequence[Job]) -> list[Outcome]:
        self._entered_thread = True
        try:
            return write_group(self._connection, self._mark, jobs)
        finally:
            self._in_thread = False  # here, and not when the loop comes to hear of it

    def _end(self, kind: type[Exception], why: str) -> None:
        """From here on nothing is written; who still waits is told why."""
        self._ended = True
        while self._waiting:
            # Each its own: an exception that several tasks raise collects all their tracebacks.
            self._waiting.popleft().finish(Failed(kind(why)))


def _is_storage(error: Exception) -> bool:
    """Whether the fault is the disk's, not that of who asked."""
    return isinstance(error, StorageUnavailable | sqlite3.OperationalError)
