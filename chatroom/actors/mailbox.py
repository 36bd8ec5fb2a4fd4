"""An actor's bounded queue of mail."""

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Hashable
from typing import Any, Self, TypeAlias

import trio

Mail: TypeAlias = Any
"""Frozen plain data. Only its senders and the actor know its meaning."""


class Mergeable(ABC):
    """Mail of which at most one per key waits. Later mail with the same key is merged into it.

    The mailbox accepts it even when full, since the number of keys bounds its number.
    """

    @property
    @abstractmethod
    def merge_key(self) -> Hashable: ...

    @abstractmethod
    def merged(self, later: Self) -> Self: ...


class Mailbox:
    """Mail in order of arrival, except that mergeable mail comes first.

    :ivar taken: the mail of the last :meth:`take`, so that a supervisor can refuse it if the actor
        fails.
    :param size: maximum number of waiting mails, not counting mergeable ones.
    :param alone: whether a mail must be a batch of its own.
    """

    def __init__(self, size: int, alone: Callable[[Mail], bool] = lambda mail: False) -> None:
        self.taken: list[Mail] = []
        self._size = size
        self._alone = alone
        self._queue: deque[Mail] = deque()
        self._merging: dict[Hashable, Mergeable] = {}
        self._reader = trio.lowlevel.ParkingLot()
        self._writers = trio.lowlevel.ParkingLot()

    def __len__(self) -> int:
        return len(self._queue) + len(self._merging)

    def __bool__(self) -> bool:  # faster than __len__
        return bool(self._queue or self._merging)

    def offer(self, mail: Mail) -> bool:
        """Enqueue mail. Returns False if the mailbox is full."""
        if isinstance(mail, Mergeable):
            key = mail.merge_key
            waiting = self._merging.get(key)
            self._merging[key] = mail if waiting is None else waiting.merged(mail)
        elif len(self._queue) < self._size:
            self._queue.append(mail)
        else:
            return False
        self.wake()
        return True

    def wake(self) -> None:
        if self._reader:  # usually false; saves a function call for each message
            self._reader.unpark()

    async def wait_for_space(self) -> None:
        """Wait until there may be space.

        Resolve the address again afterwards: the actor may have been replaced.
        """
        await self._writers.park()

    async def wait_for_mail(self) -> None:
        """Wait for mail or :meth:`wake`."""
        if not self:
            await self._reader.park()

    def clear(self) -> list[Mail]:
        """Remove and return all mail, including ``taken``, because no actor will handle it."""
        mail = [*self.taken, *self._merging.values(), *self._queue]
        self.taken = []
        self._merging.clear()
        self._queue.clear()
        self._writers.unpark_all()
        return mail

    def take(self) -> list[Mail]:
        """Remove and return the next batch: all mail up to one that must be handled alone, or that
        one.
        """
        taken: list[Mail] = list(self._merging.values())
        self._merging.clear()
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
