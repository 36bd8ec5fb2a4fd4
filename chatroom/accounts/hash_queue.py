"""The queue for hashing passwords: bounded, and a crowd from elsewhere cannot fill it.

Callers known to the account that they ask for have places of their own, and when both kinds wait
they take turns. One network has only a part of the places.
"""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import attrs
import trio

from ..errors import Refused

MAX_WAITING: Final = 128
"""About five seconds of work."""
MAX_STRANGERS: Final = 96
"""Places of the queue for callers that are not known."""
MAX_OF_ONE: Final = 32
"""Places of the queue for one network."""
RETRY_MS: Final = 5000


@attrs.frozen
class Caller:
    """The origin of a request for a hash. ``network`` None: this machine. ``known``: to the
    account that it asks for."""

    network: str | None = None
    known: bool = True


class HashQueue:
    def __init__(self, at_once: int) -> None:
        self._free = at_once
        self._known = trio.lowlevel.ParkingLot()
        self._strangers = trio.lowlevel.ParkingLot()
        self._waiting: Counter[str | None] = Counter()
        self._known_next = True

    @asynccontextmanager
    async def turn(self, caller: Caller) -> AsyncIterator[None]:
        """:raises Refused: ``busy``, when the places for such a caller are taken."""
        if self._free:
            self._free -= 1
        else:
            self._refuse_crowd(caller)
            await self._wait(caller)  # the turn is handed over by the caller that leaves
        try:
            yield
        finally:
            self._leave()

    def _refuse_crowd(self, caller: Caller) -> None:
        places = MAX_WAITING if caller.known else MAX_STRANGERS
        of_one = caller.network is not None and self._waiting[caller.network] >= MAX_OF_ONE
        if of_one or len(self._known) + len(self._strangers) >= places:
            raise Refused("busy", "too many log-ins at once", retry_after_ms=RETRY_MS)

    async def _wait(self, caller: Caller) -> None:
        self._waiting[caller.network] += 1
        try:
            await (self._known if caller.known else self._strangers).park()
        finally:
            self._waiting[caller.network] -= 1
            if not self._waiting[caller.network]:
                del self._waiting[caller.network]

    def _leave(self) -> None:
        first, second = self._known, self._strangers
        if not self._known_next:
            first, second = second, first
        if lot := first or second:
            self._known_next = lot is self._strangers
            lot.unpark()
        else:
            self._free += 1
