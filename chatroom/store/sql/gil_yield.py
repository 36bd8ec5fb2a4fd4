"""Yielding the GIL to the store's threads while the event loop is busy."""

import time
from typing import Final, Protocol

import trio

MAX_BUSY_PASSES: Final = 4
"""Passes of the loop without idling, while a thread works, before it pauses."""
PAUSE_S: Final = 20e-6


class Busy(Protocol):
    """A store."""

    @property
    def busy(self) -> bool:
        """Whether any of its threads is working."""


class YieldToThreads(trio.abc.Instrument):
    """Pauses a loop that never idles, so that the threads of the writer and the readers get the
    GIL.

    Each step of SQLite releases the GIL, and a busy loop takes it back. A waiting thread requests
    the GIL only after a whole switch interval without a release. A loop that polls its sockets more
    often than that releases and retakes it too quickly for the thread to wake. Measured without the
    pause: no commit in 3 s, and one page in 3 s. Sleeping for :data:`PAUSE_S` between two passes of
    the loop lets the thread run.
    """

    def __init__(self, store: Busy) -> None:
        self._store = store
        self._busy_passes = 0

    def before_io_wait(self, timeout: float) -> None:
        # A loop with nothing to run waits here, and so releases the GIL. A few passes are allowed,
        # since most loops idle again after the few tasks that one message needs.
        self._busy_passes = self._busy_passes + 1 if timeout <= 0 and self._store.busy else 0
        if self._busy_passes >= MAX_BUSY_PASSES:
            # Not trio.sleep: the loop itself must pause.
            time.sleep(PAUSE_S)
