"""Where reads wait: short ones in one lane, long ones in another. Knows neither threads nor SQL.

A log-in, a connect or the waking of a room must not wait behind pages and lists, of which one
person may ask for many. So each lane has readers of its own, and in the lane of long reads every
person has a queue of their own, of which one read at a time is at work.
"""

import sqlite3
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, Protocol

import attrs
import trio


@attrs.define(eq=False)
class PendingRead:
    """``asker`` is the person whom a long read is for; empty: the server itself."""

    query: Callable[[sqlite3.Connection], Any]
    asker: str = ""
    result: Any = None
    error: Exception | None = None
    done: trio.Event = attrs.Factory(trio.Event)


class Lane(Protocol):
    """``len()`` is how many reads could be taken now."""

    def __len__(self) -> int: ...

    def add(self, read: PendingRead) -> None: ...

    def take(self, most: int) -> list[PendingRead]: ...

    def settle(self, done: Iterable[PendingRead], undone: Iterable[PendingRead]) -> None:
        """Of those that were taken: the undone are taken again before later ones."""

    def clear(self) -> list[PendingRead]:
        """All that wait, when nobody takes them any more."""


class ShortLane:
    """First come, first served."""

    def __init__(self) -> None:
        # Not bounded here: each caller waits for its read, and callers are bounded.
        self._waiting: deque[PendingRead] = deque()

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    def add(self, read: PendingRead) -> None:
        self._waiting.append(read)

    def take(self, most: int) -> list[PendingRead]:
        return [self._waiting.popleft() for _ in range(min(most, len(self._waiting)))]

    def settle(self, done: Iterable[PendingRead], undone: Iterable[PendingRead]) -> None:
        self._waiting.extendleft(reversed(list(undone)))

    def clear(self) -> list[PendingRead]:
        return self.take(len(self))


class LongLane:
    """In turns by asker, and of each asker one at a time."""

    def __init__(self) -> None:
        self._waiting: dict[str, deque[PendingRead]] = {}
        self._turns: deque[str] = deque()
        """Those who have reads waiting and none at work."""

    def __len__(self) -> int:
        return len(self._turns)

    @property
    def waiting(self) -> int:
        """All, also those behind a read of the same person."""
        return sum(map(len, self._waiting.values()))

    def add(self, read: PendingRead) -> None:
        if read.asker not in self._waiting:
            self._waiting[read.asker] = deque()
            self._turns.append(read.asker)
        self._waiting[read.asker].append(read)

    def take(self, most: int) -> list[PendingRead]:
        askers = [self._turns.popleft() for _ in range(min(most, len(self._turns)))]
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
