"""The loop beside the store's threads, which need the GIL that it holds."""

import time
from typing import Final, Protocol

import trio

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
