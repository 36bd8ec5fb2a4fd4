"""The bounded queue before an actor."""

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Hashable
from typing import Any, Self, TypeAlias

import trio

Mail: TypeAlias = Any
"""Frozen plain data; what it means is between those who post it and the actor."""


class Mergeable(ABC):
    """Mail of which at most one per key waits: a later one is merged into it.

    So it never finds the mailbox full, and its number is bounded by that of the keys.
    """

    @property
    @abstractmethod
    def merge_key(self) -> Hashable: ...

    @abstractmethod
    def merged(self, later: Self) -> Self: ...

    @property
    def urgent(self) -> bool:
        """Whether also a patient actor wants to be woken for it."""
        return True


class Mailbox:
    """Mail in order of arrival, but that which merges comes first. As long as it is ``patient``,
    nobody is woken for mail that merges and is not urgent.

    ``alone`` tells mail that must be handled by itself. What was taken stays in ``taken`` until
    the next :meth:`take`, so that a supervisor can tell whose mail an actor failed on.
    """

    def __init__(self, size: int, alone: Callable[[Mail], bool] = lambda mail: False) -> None:
        self.taken: list[Mail] = []
        self.patient = False
        self._urgent = False
        self._size = size
        self._alone = alone
        self._queue: deque[Mail] = deque()
        self._merging: dict[Hashable, Mergeable] = {}
        self._reader = trio.lowlevel.ParkingLot()
        self._writers = trio.lowlevel.ParkingLot()

    def __len__(self) -> int:
        return len(self._queue) + len(self._merging)

    def offer(self, mail: Mail) -> bool:
        """Put it in; False, and not put in, when full."""
        if isinstance(mail, Mergeable):
            key = mail.merge_key
            waiting = self._merging.get(key)
            self._merging[key] = mail if waiting is None else waiting.merged(mail)
            self._urgent = self._urgent or mail.urgent
            if not self.pressing:
                return True
        elif len(self._queue) < self._size:
            self._queue.append(mail)
        else:
            return False
        self.wake()
        return True

    @property
    def pressing(self) -> bool:
        """Whether there is mail that its reader wants to be woken for."""
        return bool(self._queue or (self._merging and (self._urgent or not self.patient)))

    def wake(self) -> None:
        if self._reader:  # asking first spares most calls, on the way of every message
            self._reader.unpark()

    async def wait_for_space(self) -> None:
        """Until there may be space; the mailbox may be another actor's by then: resolve again."""
        await self._writers.park()

    async def wait_for_mail(self) -> None:
        """Until some is pressing, or a :meth:`wake`."""
        if not self.pressing:
            await self._reader.park()

    def clear(self) -> list[Mail]:
        """Everything, what was taken included: no actor will handle it."""
        mail = [*self.taken, *self._merging.values(), *self._queue]
        self.taken = []
        self._merging.clear()
        self._urgent = False
        self._queue.clear()
        self._writers.unpark_all()
        return mail

    def take(self) -> list[Mail]:
        """Everything up to the next mail that goes alone, or that mail."""
        taken: list[Mail] = list(self._merging.values())
        self._merging.clear()
        self._urgent = False
        queue = self._queue
        while queue:
            if self._alone(queue[0]):
                if not taken:
                    taken.append(queue.popleft())
                break
            taken.append(queue.popleft())
        self.taken = taken
        if self._writers:
            self._writers.unpark_all()
        return taken
