"""Bounded queue for hashing passwords, which a crowd of strangers cannot fill.

Places are reserved for callers known to the account they log in to. When known and unknown callers
wait, they alternate. One network gets only a part of the places.
"""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import attrs
import trio

from ..errors import Refused

MAX_WAITING: Final = 128
"""Places in the queue: about five seconds of work."""
MAX_WAITING_UNKNOWN: Final = 96
"""Places for unknown callers."""
MAX_WAITING_PER_NETWORK: Final = 32
RETRY_MS: Final = 5000


@attrs.frozen
class Caller:
    """The origin of a request for a hash.

    :ivar network: its network address; None: this machine.
    :ivar known: the account was used from there before.
    """

    network: str | None = None
    known: bool = True


class HashQueue:
    def __init__(self, concurrency: int) -> None:
        self._free = concurrency
        self._known = trio.lowlevel.ParkingLot()
        self._strangers = trio.lowlevel.ParkingLot()
        self._waiting: Counter[str | None] = Counter()
        self._known_next = True

    @asynccontextmanager
    async def turn(self, caller: Caller) -> AsyncIterator[None]:
        """Wait for a turn, and hold it during the block.

        :raises Refused: ``busy``: no place is left for such a caller.
        """
        if self._free:
            self._free -= 1
        else:
            self._check_capacity(caller)
            await self._wait(caller)  # _release hands over the turn
        try:
            yield
        finally:
            self._release()

    def _check_capacity(self, caller: Caller) -> None:
        places = MAX_WAITING if caller.known else MAX_WAITING_UNKNOWN
        network = caller.network
        crowded = network is not None and self._waiting[network] >= MAX_WAITING_PER_NETWORK
        if crowded or len(self._known) + len(self._strangers) >= places:
            raise Refused("busy", "too many concurrent log-ins", retry_after_ms=RETRY_MS)

    async def _wait(self, caller: Caller) -> None:
        self._waiting[caller.network] += 1
        try:
            await (self._known if caller.known else self._strangers).park()
        finally:
            self._waiting[caller.network] -= 1
            if not self._waiting[caller.network]:
                del self._waiting[caller.network]

    def _release(self) -> None:
        first, second = self._known, self._strangers
        if not self._known_next:
            first, second = second, first
        if lot := first or second:
            self._known_next = lot is self._strangers
            lot.unpark()
        else:
            self._free += 1
