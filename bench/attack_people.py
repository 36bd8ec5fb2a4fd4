"""The people in ``python -m bench attack``, whose delivery latency is measured."""

import math
import re
import time
from collections.abc import Sequence
from typing import Any, Final

import attrs
import trio
from uuid_utils import uuid7

from .attack_kinds import TALK
from .attack_links import Ended, Link, Target
from .load import each
from .prepared import TEXT

_STAMP: Final = re.compile(rb'"method":"newMessage".*?"text":"(\d+) ')
DELIVERY_TIMEOUT_S: Final = 5
"""How long to wait for deliveries after the last message was sent."""


@attrs.frozen
class Seen:
    """Latencies from before sending to each person's read. A message never delivered counts as the
    maximum wait. ``closed``: connections that ended."""

    sent: int
    p50_ms: float
    p99_ms: float
    unseen: int
    closed: dict[str, int]


class People:
    """Each person has a connection and an address, and reconnects a second after it ends."""

    def __init__(self, target: Target, tokens: Sequence[str], addresses: Sequence[str]) -> None:
        self._target = target
        self._tokens = tokens
        self._addresses = addresses
        self._links: dict[int, Link] = {}
        self._delays: list[float] = []
        self._closed: dict[str, int] = {}
        self._more = trio.Event()

    async def stay(self, *, task_status: trio.TaskStatus[None]) -> None:
        """Run until cancelled. Started when all are connected."""
        links = await each(len(self._tokens), self._come, 20)
        self._links = dict(enumerate(links))
        async with trio.open_nursery() as nursery:
            for number in range(len(links)):
                nursery.start_soon(self._read, number)
            task_status.started()

    async def talk(self, rate: float, seconds: float) -> Seen:
        """Send ``rate`` messages per second in all, in turn."""
        self._delays, self._closed = [], {}
        start, sent = trio.current_time(), 0
        for number in range(int(rate * seconds)):
            await trio.sleep_until(start + number / rate)
            link = self._links.get(number % len(self._tokens))
            if link is not None and await self._say(link):
                sent += 1
        wanted = sent * len(self._tokens)
        with trio.move_on_after(DELIVERY_TIMEOUT_S):
            while len(self._delays) < wanted:
                self._more = trio.Event()
                await self._more.wait()
        return self._seen(sent, wanted)

    def _seen(self, sent: int, wanted: int) -> Seen:
        unseen = max(0, wanted - len(self._delays))
        delays = sorted(self._delays) + [math.inf] * unseen
        p50, p99 = (delays[int(len(delays) * part)] * 1000 if delays else 0 for part in (0.5, 0.99))
        return Seen(sent, p50, p99, unseen, self._closed)

    async def _say(self, link: Link) -> bool:
        text = f"{time.monotonic_ns()} {TEXT}"
        try:
            await link.begin("sendMessage", room=TALK, text=text, clientId=str(uuid7()))
        except Ended:
            return False  # the reader counts it
        return True

    async def _come(self, number: int) -> Link:
        link = await Link.open(self._target, self._addresses[number], self._tokens[number])
        for method, params in (
            ("connect", {}),
            ("joinRoom", {"room": TALK}),
            ("subscribe", {"room": TALK}),
        ):
            await _must(link, method, params)
        return link

    async def _read(self, number: int) -> None:
        while True:
            try:
                link = self._links.get(number) or await self._come(number)
                self._links[number] = link
                while True:
                    payloads = await link.payloads()
                    now = time.monotonic_ns()
                    for payload in payloads:
                        if (match := _STAMP.search(payload)) is not None:
                            self._delays.append((now - int(match[1])) / 1e9)
                    self._more.set()
            except Ended as ended:
                self._closed[ended.how] = self._closed.get(ended.how, 0) + 1
            if (gone := self._links.pop(number, None)) is not None:
                gone.close()
            await trio.sleep(1)

    def close(self) -> None:
        for link in self._links.values():
            link.close()


async def _must(link: Link, method: str, params: dict[str, Any]) -> None:
    reply = await link.call(method, **params)
    while "error" in reply:
        data = reply["error"]["data"]
        if "retryAfterMs" not in data:
            raise Ended(data["reason"])
        await trio.sleep(data["retryAfterMs"] / 1000)
        reply = await link.call(method, **params)
