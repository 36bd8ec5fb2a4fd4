"""Which endpoints have notifications to send, and when it is their turn.

An endpoint has one attempt at a time. Attempts are bounded in all and for each host, and hosts take
turns, so that a slow host does not hold others.
"""

import heapq
from collections import deque
from typing import Final

import attrs
import trio

from ..store.push import Waiting

MAX_ATTEMPTS: Final = 64
"""Attempts at the same time."""
MAX_HOST_ATTEMPTS: Final = 16
"""The same, of one host."""


@attrs.define(eq=False)
class _Host:
    ready: deque[int] = attrs.field(factory=deque)
    attempts: int = 0


class Schedule:
    def __init__(self) -> None:
        self._hosts: dict[str, _Host] = {}
        # Hosts with something ready and a free place, in turns.
        self._open: dict[str, None] = {}
        self._host_of: dict[int, str] = {}
        """Of all endpoints that are ready, in an attempt or resting."""
        self._again: dict[int, bool] = {}
        """Of those in an attempt: whether something was added meanwhile."""
        self._resting: dict[int, float] = {}
        self._heap: list[tuple[float, int]] = []
        self._news = trio.lowlevel.ParkingLot()
        self._timer = trio.lowlevel.ParkingLot()

    def __len__(self) -> int:
        return len(self._host_of)

    def add(self, waiting: Waiting, *, rest_s: float = 0) -> None:
        """Note that notifications wait. An endpoint that rests goes on resting."""
        endpoint = waiting.endpoint
        if endpoint in self._again:
            self._again[endpoint] = True
        elif endpoint not in self._host_of:
            self._host_of[endpoint] = waiting.host
            self._rest(endpoint, rest_s)

    def wake(self, endpoint: int) -> None:
        """End the rest of an endpoint."""
        if self._resting.pop(endpoint, None) is not None:
            self._make_ready(endpoint)

    async def take(self) -> int:
        """Wait for an endpoint whose turn it is, and begin an attempt."""
        while not self._open or len(self._again) >= MAX_ATTEMPTS:
            await self._news.park()
        name = next(iter(self._open))
        del self._open[name]
        host = self._hosts[name]
        endpoint = host.ready.popleft()
        host.attempts += 1
        self._again[endpoint] = False
        self._open_if_ready(name)
        return endpoint

    def done(self, endpoint: int, *, more: bool, rest_s: float = 0) -> None:
        """End an attempt. With ``more``, there may be more notifications."""
        again = self._again.pop(endpoint)
        name = self._host_of[endpoint]
        host = self._hosts[name]
        host.attempts -= 1
        if more or again:
            self._rest(endpoint, rest_s)
        else:
            del self._host_of[endpoint]
        self._open_if_ready(name)
        if not host.attempts and not host.ready:
            del self._hosts[name]
        self._news.unpark_all()

    async def run(self) -> None:
        """End rests when it is time."""
        while True:
            wait_s = self._heap[0][0] - trio.current_time() if self._heap else float("inf")
            if wait_s > 0:
                with trio.move_on_after(wait_s):
                    await self._timer.park()
                continue
            time, endpoint = heapq.heappop(self._heap)
            if self._resting.get(endpoint) == time:
                self.wake(endpoint)

    def _rest(self, endpoint: int, seconds: float) -> None:
        if seconds <= 0:
            self._make_ready(endpoint)
            return
        time = trio.current_time() + seconds
        self._resting[endpoint] = time
        heapq.heappush(self._heap, (time, endpoint))
        self._timer.unpark_all()

    def _make_ready(self, endpoint: int) -> None:
        name = self._host_of[endpoint]
        self._hosts.setdefault(name, _Host()).ready.append(endpoint)
        self._open_if_ready(name)
        self._news.unpark_all()

    def _open_if_ready(self, name: str) -> None:
        host = self._hosts[name]
        if host.ready and host.attempts < MAX_HOST_ATTEMPTS:
            self._open[name] = None
