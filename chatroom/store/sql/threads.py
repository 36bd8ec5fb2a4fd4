"""Blocking work in threads, with its outcome in the event loop.

:func:`trio.to_thread.run_sync` would do. But it waits for a limiter, copies the context, names the
thread, and wakes a task that then wakes those who wait for the outcome: two passes of the event
loop and some system calls more, on the way of every message.
"""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Protocol, TypeVar, cast

import trio
from outcome import Outcome

T = TypeVar("T")


class InThread(Protocol):
    """Runs ``work`` in a thread, then calls ``done`` in the event loop. ``done`` must not raise.

    :raises RuntimeError: no thread could be started, and nothing is run.
    """

    def __call__(self, work: Callable[[], T], done: Callable[[Outcome[T]], None]) -> None: ...


def in_thread(work: Callable[[], T], done: Callable[[Outcome[T]], None]) -> None:
    """See :class:`InThread`."""
    token = trio.lowlevel.current_trio_token()

    def deliver(result: Outcome[T]) -> None:
        with suppress(trio.RunFinishedError):
            token.run_sync_soon(done, result)

    trio.lowlevel.start_thread_soon(work, deliver)


async def wait_for(work: Callable[[], T], in_thread: InThread) -> T:
    """Run ``work`` in a thread and return its result, also when cancelled meanwhile.

    :raises RuntimeError: as :class:`InThread`.
    """
    in_thread(work, partial(trio.lowlevel.reschedule, trio.lowlevel.current_task()))
    return cast("T", await trio.lowlevel.wait_task_rescheduled(_uncancelled))


def _uncancelled(_: object) -> trio.lowlevel.Abort:
    return trio.lowlevel.Abort.FAILED
