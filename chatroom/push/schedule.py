"""Which endpoints have notifications to send, and when it is their turn.

An endpoint has one attempt at a time. Attempts are bounded in all and for each host, and hosts take
turns. Most places are for quick hosts, whose last attempt succeeded within some seconds. Other
hosts, also those that are not known yet, do not hold these.
"""

from collections import deque
from typing import Final

import attrs
import trio

from ..consumers.due_times import DueTimes
from ..store.push import Waiting

MAX_ATTEMPTS: Final = 48
"""Attempts at the same time, of quick hosts."""
MAX_OTHER_ATTEMPTS: Final = 16
"""Attempts at the same time, of other hosts."""
MAX_HOST_ATTEMPTS: Final = 16
"""Attempts at the same time, of one quick host."""
MAX_OTHER_HOST_ATTEMPTS: Final = 4
"""Attempts at the same time, of one other host."""
QUICK_S: Final = 5.0
"""Time that an attempt at a quick host takes at most."""
MAX_QUICK: Final = 1000
"""Quick hosts that are known."""


@attrs.define(eq=False)
class _Places:
    """:ivar open: hosts with something ready and a free place, in turns."""

    free: int
    open: dict[str, None] = attrs.field(factory=dict)


@attrs.define(eq=False)
class _Host:
    """:ivar endpoints: those that are ready, in an attempt or resting."""

    endpoints: int = 0
    attempts: int = 0
    ready: deque[int] = attrs.field(factory=deque)


@attrs.define(eq=False)
class _Attempt:
    """:ivar again: whether something was added meanwhile."""

    places: _Places
    began: float
    again: bool = False


class Schedule:
    def __init__(self) -> None:
        self._hosts: dict[str, _Host] = {}
        self._host_of: dict[int, str] = {}
        self._attempts: dict[int, _Attempt] = {}
        self._places = _Places(MAX_ATTEMPTS)
        self._other = _Places(MAX_OTHER_ATTEMPTS)
        # The one whose last attempt is the longest time ago first.
        self._quick: dict[str, None] = {}
        self._resting = DueTimes[int]()
        self._news = trio.lowlevel.ParkingLot()

    def __len__(self) -> int:
        return len(self._host_of)

    def add(self, waiting: Waiting, *, rest_s: float = 0) -> None:
        """Note that notifications wait. An endpoint that rests goes on resting."""
        endpoint = waiting.endpoint
        if endpoint in self._attempts:
            self._attempts[endpoint].again = True
        elif endpoint not in self._host_of:
            self._host_of[endpoint] = waiting.host
            self._hosts.setdefault(waiting.host, _Host()).endpoints += 1
            self._rest(endpoint, rest_s)

    async def take(self) -> int:
        """Wait for an endpoint whose turn it is, and begin an attempt."""
        while True:
            for places in (self._places, self._other):
                if places.open and places.free:
                    return self._take(places)
            await self._news.park()

    def _take(self, places: _Places) -> int:
        name = next(iter(places.open))
        host = self._hosts[name]
        endpoint = host.ready.popleft()
        host.attempts += 1
        places.free -= 1
        self._attempts[endpoint] = _Attempt(places, trio.current_time())
        self._arrange(name)
        return endpoint

    def attempted(self, endpoint: int, *, succeeded: bool) -> None:
        """Note how an attempt went, before it is done."""
        name = self._host_of[endpoint]
        self._quick.pop(name, None)
        if succeeded and trio.current_time() - self._attempts[endpoint].began <= QUICK_S:
            self._quick[name] = None
            if len(self._quick) > MAX_QUICK:
                del self._quick[next(iter(self._quick))]

    def done(self, endpoint: int, *, more: bool, rest_s: float = 0) -> None:
        """End an attempt. With ``more``, there may be more notifications."""
        attempt = self._attempts.pop(endpoint)
        attempt.places.free += 1
        name = self._host_of[endpoint]
        host = self._hosts[name]
        host.attempts -= 1
        if more or attempt.again:
            self._rest(endpoint, rest_s)
        else:
            del self._host_of[endpoint]
            host.endpoints -= 1
        self._arrange(name)
        if not host.endpoints:
            del self._hosts[name]
        self._news.unpark_all()

    async def run(self) -> None:
        """End rests when it is time."""
        while True:
            for endpoint in await self._resting.take_due():
                self._make_ready(endpoint)

    def _rest(self, endpoint: int, seconds: float) -> None:
        if seconds <= 0:
            self._make_ready(endpoint)
        else:
            self._resting.set(endpoint, trio.current_time() + seconds)

    def _make_ready(self, endpoint: int) -> None:
        name = self._host_of[endpoint]
        self._hosts[name].ready.append(endpoint)
        self._arrange(name)
        self._news.unpark_all()

    def _arrange(self, name: str) -> None:
        """Put a host at the end of those whose turn it may be, or take it out."""
        host = self._hosts[name]
        self._places.open.pop(name, None)
        self._other.open.pop(name, None)
        quick = name in self._quick
        maximum = MAX_HOST_ATTEMPTS if quick else MAX_OTHER_HOST_ATTEMPTS
        if host.ready and host.attempts < maximum:
            places = self._places if quick else self._other
            places.open[name] = None
