"""Queues of reads: one lane for short reads, one for long reads. Knows neither threads nor SQL.

A log-in, a connect or the start of a room's actor must not wait behind pages and lists, of which
one user may request many. So each lane has its own readers. In the long lane each user has a queue,
of which one read runs at a time.
"""

from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, Protocol

import attrs
import trio

from .connection import Connection


@attrs.define(eq=False)
class PendingRead:
    """A read and its result. ``asker`` is the user for whom a long read is; empty for the server
    itself."""

    query: Callable[[Connection], Any]
    asker: str = ""
    result: Any = None
    error: Exception | None = None
    done: trio.Event = attrs.Factory(trio.Event)


class Lane(Protocol):
    """A queue of reads. ``len()`` is the number of reads that could start now."""

    def __len__(self) -> int: ...

    def add(self, read: PendingRead) -> None: ...

    def take(self, limit: int) -> list[PendingRead]:
        """Remove up to ``limit`` reads and return them. The caller must :meth:`settle` them."""

    def settle(self, done: Iterable[PendingRead], undone: Iterable[PendingRead]) -> None:
        """Report which of the reads taken were done. The others are put back at the front."""

    def clear(self) -> list[PendingRead]:
        """Remove all waiting reads and return them."""


class ShortLane:
    """A queue in order of arrival."""

    def __init__(self) -> None:
        # Not bounded here: each caller waits for its read, and the number of callers is bounded.
        self._waiting: deque[PendingRead] = deque()

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    def add(self, read: PendingRead) -> None:
        self._waiting.append(read)

    def take(self, limit: int) -> list[PendingRead]:
        return [self._waiting.popleft() for _ in range(min(limit, len(self._waiting)))]

    def settle(self, done: Iterable[PendingRead], undone: Iterable[PendingRead]) -> None:
        self._waiting.extendleft(reversed(list(undone)))

    def clear(self) -> list[PendingRead]:
        return self.take(len(self))


class LongLane:
    """A queue per asker, served in turns, one read of each asker at a time."""

    def __init__(self) -> None:
        self._waiting: dict[str, deque[PendingRead]] = {}
        self._turns: deque[str] = deque()
        """Askers with waiting reads and none running."""

    def __len__(self) -> int:
        return len(self._turns)

    @property
    def waiting(self) -> int:
        """The number of waiting reads, including those behind a read of the same asker."""
        return sum(map(len, self._waiting.values()))

    def add(self, read: PendingRead) -> None:
        if read.asker not in self._waiting:
            self._waiting[read.asker] = deque()
            self._turns.append(read.asker)
        self._waiting[read.asker].append(read)

    def take(self, limit: int) -> list[PendingRead]:
        askers = [self._turns.popleft() for _ in range(min(limit, len(self._turns)))]
        return [self._waiting[asker].popleft() for asker in askers]

    def settle(self, done: Iterable[PendingRead], undone: Iterable[PendingRead]) -> None:
        undone = list(undone)
        for read in undone:
            self._waiting[read.asker].appendleft(read)
        for read in (*undone, *done):
            if self._waiting[read.asker]:
                self._turns.append(read.asker)
            else:
                del self._waiting[read.asker]

    def clear(self) -> list[PendingRead]:
        reads = [read for waiting in self._waiting.values() for read in waiting]
        self._waiting.clear()
        self._turns.clear()
        return reads
