"""Trio for a synchronous program: a run that is suspended between two calls into it.

Hypothesis calls the rules of a state machine synchronously. So Trio runs in guest mode of a loop
that this module drives, and only during a job. There are no threads, and the autojump clock
advances only inside of jobs.
"""

from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import outcome
import trio
from trio.testing import MockClock

T = TypeVar("T")
JOB_S = 600
"""Timeout of a job in virtual seconds."""


class Loop:
    """A Trio run. ``nursery`` is for tasks that outlive a job; their failure fails the job."""

    nursery: trio.Nursery

    def __init__(self) -> None:
        self._due: deque[Callable[[], object]] = deque()
        self._job: Callable[[], Awaitable[Any]] | None = None
        self._done: outcome.Outcome[Any] | None = None
        self._ended: outcome.Outcome[None] | None = None
        trio.lowlevel.start_guest_run(
            self._main,
            run_sync_soon_threadsafe=self._due.append,
            run_sync_soon_not_threadsafe=self._due.append,
            done_callback=self._end,
            clock=MockClock(autojump_threshold=0),
        )
        self.run(trio.lowlevel.checkpoint)

    def run(self, job: Callable[[], Awaitable[T]]) -> T:
        """Run a job. Returns or raises what the job does."""
        assert self._ended is None, "the run has ended"
        self._job, self._done = job, None
        while self._done is None and self._ended is None:
            self._due.popleft()()
        done = self._done or self._ended
        assert done is not None
        result: T = done.unwrap()
        return result

    def close(self) -> None:
        """Cancel the remaining tasks and end the run."""
        if self._ended is None:
            self.nursery.cancel_scope.cancel()
        while self._ended is None:
            self._due.popleft()()
        self._ended.unwrap()

    async def _main(self) -> None:
        async with trio.open_nursery() as self.nursery:
            while True:
                # Never block between jobs. Otherwise Trio in guest mode would wait in a thread, and
                # the clock would jump.
                await trio.lowlevel.checkpoint()
                if self._job is not None:
                    job, self._job = self._job, None
                    self._done = await outcome.acapture(_timed, job)

    def _end(self, ended: outcome.Outcome[None]) -> None:
        self._ended = ended


async def _timed(job: Callable[[], Awaitable[T]]) -> T:
    with trio.fail_after(JOB_S):
        return await job()
