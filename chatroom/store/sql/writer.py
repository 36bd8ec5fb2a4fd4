"""Group commit: a thread writes one group at a time. All jobs that wait meanwhile form the next
group.

After a group of one job, the next job begins a group in its own step, since others would hardly
join it. After a larger group, a task waits some passes for as many jobs. The step that gets the
outcome from the thread wakes the callers.

Knows when jobs are written, not what they do.
"""

import logging
import math
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, Final, TypeAlias

import attrs
import trio
from outcome import Outcome as ThreadOutcome

from ...actors.batching import gather
from ...errors import NoThread, StorageDamaged, StorageFailed, StorageUnavailable
from ...histogram import SIZES, Histogram
from .damage import Damage
from .jobs import Failed, Job, Outcome
from .threads import InThread

logger = logging.getLogger(__name__)

MAX_GROUP_JOBS: Final = 1000
"""Jobs in one transaction. Bounds the cost of a rollback, and how long other jobs wait."""
GATHER_PASSES: Final = 8
"""Passes of the loop in which a group may grow to the size of the last one."""
HANGING_S: Final = 4.0
"""Duration after which a commit in progress is reported by :meth:`Writer.trouble`, unless it makes
steps. ``/healthz`` must report it within five seconds."""
SLOW_S: Final = 2.0
"""Duration from which a commit is logged as slow."""
GRACE_S: Final = 10.0
"""Time for waiting jobs after the writer was cancelled."""


Told: TypeAlias = Callable[[Sequence[Job], Sequence[Outcome]], None]


@attrs.define(eq=False)
class _Waiter:
    job: Job
    outcome: Outcome = None
    done: trio.Event = attrs.Factory(trio.Event)

    def finish(self, outcome: Outcome) -> None:
        self.outcome = outcome
        self.done.set()


class Writer:
    """Has groups written, one after the other, from :meth:`run` until it returns."""

    def __init__(
        self,
        write_group: Callable[[Sequence[Job]], list[Outcome]],
        last_commit: Callable[[], object],
        damage: Damage,
        in_thread: InThread,
        storage_errors: tuple[type[Exception], ...] = (),
        progressing: Callable[[], bool] = lambda: False,
    ) -> None:
        """:param write_group: writes jobs in one transaction, in the thread.
        :param last_commit: returns another value after each commit. A group that has nothing to
            write commits nothing, and so does not show that writing succeeds again.
        :param storage_errors: what the storage has caused, rather than a job.
        :param progressing: returns whether a group that takes long has made a step in HANGING_S.
        """
        self._write_group = write_group
        self._last_commit = last_commit
        self._progressing = progressing
        self._storage_errors: tuple[type[Exception], ...] = (StorageUnavailable, *storage_errors)
        self._damage = damage
        self._in_thread = in_thread
        self._writing = False
        self._expected = math.inf  # until it runs
        # Not bounded here: each room has one batch at a time with the writer, and waits for it.
        self._waiting: deque[_Waiter] = deque()
        # With the thread, until the loop has its outcome.
        self._group: Sequence[_Waiter] = ()
        self._began: float | None = None
        # Where the task waits for jobs that wait without a group, and for the end of a group.
        self._task = trio.lowlevel.ParkingLot()
        self._draining = False
        self._error: BaseException | None = None
        self._failure: str | None = None
        self._failed_after: object = None  # the last commit before the failure
        self._ended = False
        self._told: list[Told] = []
        # Replaced while somebody is told of groups, so that otherwise a group costs nothing more.
        self._finish_group = self._settle
        self.group_size: Final = Histogram(SIZES)
        self.commit_s: Final = Histogram()

    @property
    def waiting(self) -> int:
        """The number of jobs that wait for a group."""
        return len(self._waiting)

    @property
    def writing(self) -> bool:
        """Whether a thread is writing a group."""
        return self._writing

    def trouble(self) -> str | None:
        """See :meth:`chatroom.store.store.Store.trouble`."""
        if self._ended:
            return "the store has ended"
        hangs = self._began is not None and trio.current_time() - self._began > HANGING_S
        if hangs and not self._progressing():
            return f"a commit is taking more than {HANGING_S:.0f} s"
        return self._failure

    async def write(self, job: Job) -> Any:
        """Write a job. Return its result once it is durable. The job is written even if the caller
        is cancelled.

        :raises StorageUnavailable: nothing was written.
        :raises trio.ClosedResourceError: the writer has ended; nothing was written.
        """
        if self._ended:
            raise trio.ClosedResourceError("the store has ended")
        waiter = _Waiter(job)
        self._waiting.append(waiter)
        if not self._group:
            if self._expected <= 1:
                self._begin()
            else:
                self._task.unpark_all()
        await waiter.done.wait()
        if isinstance(waiter.outcome, Failed):
            raise waiter.outcome.error
        return waiter.outcome

    @contextmanager
    def telling(self, told: Told) -> Iterator[None]:
        """Call ``told`` with each group that is written during the block, and with its outcomes."""
        self._told.append(told)
        self._finish_group = self._settle_and_tell
        try:
            yield
        finally:
            self._told.remove(told)
            if not self._told:
                self._finish_group = self._settle

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Write groups until cancelled, and then the jobs that wait.

        :raises StorageFailed: it is unknown what was written; the process must end.
        """
        self._expected = 0
        task_status.started()
        try:
            while self._error is None:
                if self._group or not self._waiting:
                    await self._task.park()
                    continue
                await gather(self._waiting, self._expected, passes=GATHER_PASSES)
                if self._waiting and not self._group:
                    self._begin()
        finally:
            self._draining = True
            with trio.CancelScope(shield=True):
                await self._write_rest()
            self._end(trio.ClosedResourceError, "the store has ended")
            if self._error is not None:
                raise self._error

    async def _write_rest(self) -> None:
        """Write the jobs that wait, for up to GRACE_S. A group in the thread is never abandoned."""
        deadline = trio.current_time() + GRACE_S
        while True:
            if not self._group:
                if not self._waiting or self._ended or trio.current_time() >= deadline:
                    return
                self._begin()
            if self._group:
                await self._task.park()

    def _begin(self) -> None:
        """Write the jobs that wait, in a thread. Without a deadline, because none could end the
        thread; :meth:`trouble` reports a hanging one.
        """
        self._expected = len(self._waiting)
        group = [self._waiting.popleft() for _ in range(min(len(self._waiting), MAX_GROUP_JOBS))]
        self._group, self._began, self._writing = group, trio.current_time(), True
        try:
            self._in_thread(partial(self._write, [waiter.job for waiter in group]), self._written)
        except RuntimeError as error:
            why = f"cannot write now: {error}"
            logger.error(why)
            self._group, self._began, self._writing = (), None, False
            self._settle(group, [Failed(NoThread(why)) for _ in group])

    def _write(self, jobs: Sequence[Job]) -> list[Outcome]:
        try:
            return self._write_group(jobs)
        finally:
            self._writing = False  # here, because the loop may notice the end much later

    def _written(self, result: ThreadOutcome[list[Outcome]]) -> None:
        group, self._group = self._group, ()
        began, self._began = self._began, None
        try:
            outcomes = result.unwrap()
            self._count(len(group), trio.current_time() - (began or 0))
            self._finish_group(group, outcomes)
        except BaseException as error:  # run() raises it
            self._error = error
            self._waiting.extendleft(reversed(group))
            self._end(StorageFailed, f"the outcome is unknown: {error}")
        if self._waiting or self._draining or self._ended:
            self._task.unpark_all()

    def _count(self, size: int, seconds: float) -> None:
        self.group_size.observe(size)
        self.commit_s.observe(seconds)
        if seconds > SLOW_S:
            logger.warning("a commit was slow", extra={"seconds": round(seconds, 2), "jobs": size})

    def _settle(self, group: Sequence[_Waiter], outcomes: Sequence[Outcome]) -> None:
        if self._failure is not None and self._last_commit() != self._failed_after:
            self._failure = None
        for waiter, outcome in zip(group, outcomes, strict=True):
            if isinstance(outcome, Failed):
                if isinstance(outcome.error, StorageDamaged):
                    self._damage.note(outcome.error)
                elif isinstance(outcome.error, self._storage_errors):
                    self._failure, self._failed_after = str(outcome.error), self._last_commit()
            waiter.finish(outcome)

    def _settle_and_tell(self, group: Sequence[_Waiter], outcomes: Sequence[Outcome]) -> None:
        self._settle(group, outcomes)
        jobs = [waiter.job for waiter in group]
        for told in self._told:
            told(jobs, outcomes)

    def refuse(self, error: Callable[[], Exception]) -> None:
        """Fail the jobs that wait for a group."""
        while self._waiting:
            # One exception per waiter: raising one in several tasks would mix their tracebacks.
            self._waiting.popleft().finish(Failed(error()))

    def _end(self, kind: type[Exception], why: str) -> None:
        """Refuse further jobs, and fail those that wait."""
        self._ended = True
        self.refuse(lambda: kind(why))
