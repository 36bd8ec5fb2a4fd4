"""Group commit: one task, one thread at a time, and whatever waits is the next group.

Knows when work is written, not what it is.
"""

import sqlite3
import time
from collections import deque
from collections.abc import Sequence
from typing import Any, Final, Protocol

import attrs
import trio

from ...errors import NotStored, StorageFailed
from .group import Failed, Job, Outcome, write_group
from .mark import Mark

GROUP: Final = 1000
"""Jobs in one transaction at most: bounds what a rollback costs and how long it blocks."""
GATHER_PASSES: Final = 6
"""Passes of the loop in which a group may become as large as the last one was."""
LATE: Final = 4.0
"""Seconds after which a commit in flight is trouble: health has to tell of it within five."""
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

    def __init__(self, connection: sqlite3.Connection, mark: Mark) -> None:
        self._connection = connection
        self._mark = mark
        self._limiter = trio.CapacityLimiter(1)
        self._in_thread = False
        self._expected = 0
        # Not bounded here: each room has one batch with the writer at a time, and waits.
        self._waiting: deque[_Waiter] = deque()
        self._work = trio.Event()
        self._began: float | None = None
        self._failure: str | None = None
        self._ended = False

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
                await self._gather()
                await self._write_group()
        finally:
            deadline = trio.current_time() + GRACE
            try:
                while self._waiting and not self._ended and trio.current_time() < deadline:
                    await self._write_group()
            finally:
                self._end(trio.ClosedResourceError, "the store has ended")

    async def _gather(self) -> None:
        """Those whose last work was written together come with the next one by one."""
        for _ in range(GATHER_PASSES):
            if len(self._waiting) >= self._expected:
                break
            await trio.lowlevel.checkpoint()
        self._expected = len(self._waiting)

    async def _write_group(self) -> None:
        group = [self._waiting.popleft() for _ in range(min(len(self._waiting), GROUP))]
        if not self._waiting:
            self._work = trio.Event()
        self._began = trio.current_time()
        self._in_thread = True
        try:
            # A write is never abandoned. No deadline, because none could end the thread; it is
            # trouble() that tells.
            with trio.CancelScope(shield=True):
                outcomes = await trio.to_thread.run_sync(
                    self._write_in_thread,
                    [waiter.job for waiter in group],
                    limiter=self._limiter,
                )
        except BaseException as error:
            self._waiting.extendleft(reversed(group))
            self._end(StorageFailed, f"the outcome is unknown: {error}")
            raise
        finally:
            self._began = None
            self._in_thread = False
        self._failure = None
        for waiter, outcome in zip(group, outcomes, strict=True):
            if isinstance(outcome, Failed) and _is_storage(outcome.error):
                self._failure = str(outcome.error)
            waiter.finish(outcome)

    def _write_in_thread(self, jobs: Sequence[Job]) -> list[Outcome]:
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
    return isinstance(error, NotStored | sqlite3.OperationalError)


PATIENCE: Final = 4
"""Rounds of the loop without idling, beside a thread at work, from which on it pauses."""


class Busy(Protocol):
    """A store, whichever of its parts is at work."""

    @property
    def busy(self) -> bool: ...


class YieldToThreads(trio.abc.Instrument):
    """Lets the threads of the writer and the readers have the GIL when the loop never idles.

    Each step of SQLite releases the GIL, and a busy loop takes it back: a thread that waits asks
    for it only after a whole switch interval without a release, and a loop that polls its sockets
    more often than that releases and retakes it too quickly for the thread to wake. Seen: no commit
    in 3 s, and one page in 3 s. Sleeping a moment between two rounds of the loop hands it over.
    """

    def __init__(self, store: Busy) -> None:
        self._store = store
        self._rounds = 0

    def before_io_wait(self, timeout: float) -> None:
        # With nothing to run the loop waits, which lets them have it as well: so does one that has
        # only a few more things to do for the message that it is just about.
        self._rounds = self._rounds + 1 if timeout <= 0 and self._store.busy else 0
        if self._rounds >= PATIENCE:
            # On purpose not trio.sleep: it is the loop itself that has to pause.
            time.sleep(20e-6)
