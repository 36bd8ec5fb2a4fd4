"""Trio for a program that is not asynchronous: a run that stands still between two calls into it.

Hypothesis calls the rules of a state machine one after the other, from outside. So Trio runs as the
guest of a loop that is turned by hand, and only as long as a job takes: no threads, and time passes
inside of jobs only, by the autojump clock.
"""

from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import outcome
import trio
from trio.testing import MockClock

T = TypeVar("T")
JOB_S = 600
"""Virtual seconds after which a job hangs."""


class Loop:
    """``nursery`` is for what lives on between jobs; if anything in it fails, so does the job."""

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
        """What the job returns or raises."""
        assert self._ended is None, "the run has ended"
        self._job, self._done = job, None
        while self._done is None and self._ended is None:
            self._due.popleft()()
        done = self._done or self._ended
        assert done is not None
        result: T = done.unwrap()
        return result

    def close(self) -> None:
        """Ends what lives on."""
        if self._ended is None:
            self.nursery.cancel_scope.cancel()
        while self._ended is None:
            self._due.popleft()()
        self._ended.unwrap()

    async def _main(self) -> None:
        async with trio.open_nursery() as self.nursery:
            while True:
                # Never blocked outside of a job, so that Trio never waits, which as a guest it
                # would do in a thread, and the clock never jumps.
                await trio.lowlevel.checkpoint()
                if self._job is not None:
                    job, self._job = self._job, None
                    self._done = await outcome.acapture(_timed, job)

    def _end(self, ended: outcome.Outcome[None]) -> None:
        self._ended = ended


async def _timed(job: Callable[[], Awaitable[T]]) -> T:
    with trio.fail_after(JOB_S):
        return await job()
