"""Long work in threads of low priority, so that it delays no message."""

import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any, Final, TypeAlias, TypeVar

from outcome import Maybe, capture

NICENESS: Final = 15
"""Added to the niceness of the process."""
MAX_IDLE_WORK_S: Final = 1.0
"""Time for work at idle priority, before it is begun again at :data:`NICENESS`."""

T = TypeVar("T")
Result: TypeAlias = SimpleQueue[Maybe[T]]


class Background:
    """Runs work at idle priority: it gets the time that nothing else uses.

    A thread that has a share of the processor, however small, keeps it for a whole slice, also when
    the event loop wakes up. Measured with log-ins tried without end: a p99 of messages of 12 ms at
    niceness 15, and of 5 ms at idle priority.

    Work at idle priority may never end while all processors are busy. It is begun again at
    :data:`NICENESS` then, and so is all other work until the first has ended.

    Threads that the work starts inherit its priority. A thread cannot raise its priority again, so
    each call uses a new one. Only Linux has a priority per thread.
    """

    def __init__(self) -> None:
        self._starved: Result[Any] | None = None

    def run(self, work: Callable[[], T]) -> T:
        """Run the work, and wait for it. Call this in a thread that may block, one at a time.

        :param work: runs a second time if the first takes over :data:`MAX_IDLE_WORK_S`.
        """
        if self._starved is None or not self._starved.empty():
            self._starved = None
            first = _start(work, _idle)
            with suppress(Empty):
                # Not kept in a variable: an error would refer to this frame, and the frame to it.
                return first.get(timeout=MAX_IDLE_WORK_S).unwrap()
            self._starved = first
        return _start(work, _nice).get().unwrap()


def _start(work: Callable[[], T], lower_priority: Callable[[], None]) -> Result[T]:
    result: Result[T] = SimpleQueue()

    def run() -> None:
        if sys.platform == "linux":
            lower_priority()
        result.put(capture(work))

    threading.Thread(target=run, name="background", daemon=True).start()
    return result


def _idle() -> None:
    os.sched_setscheduler(threading.get_native_id(), os.SCHED_IDLE, os.sched_param(0))


def _nice() -> None:
    niceness = os.getpriority(os.PRIO_PROCESS, 0) + NICENESS
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), niceness)
