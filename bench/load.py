"""Building blocks of scenarios: connect people, send messages."""

import operator
import re
import statistics
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Final, TypeVar

import attrs
import trio
from uuid_utils import uuid7

from .dialect import frame
from .peer import Crowd, Peer
from .prepared import TEXT
from .server import Server

T = TypeVar("T")

MAX_CONNECTING: Final = 100
"""Connections opened concurrently."""
MAX_PER_SOURCE: Final = 10_000
"""Connections per local address, bounded by its ports."""
_STAMP: Final = re.compile(rb'"text":"(\d+) ')


@attrs.frozen
class Result:
    """``figures`` by name with unit. ``load_cpu``, ``server_cpu`` and ``database_cpu``, that of
    PostgreSQL, are shares of a core. A load near 1 has measured itself."""

    figures: Mapping[str, float]
    load_cpu: float
    server_cpu: float
    database_cpu: float = 0.0


class Clock:
    """Measures wall and CPU time.

    :param servers: servers on one database.
    """

    def __init__(self, *servers: Server) -> None:
        self._servers = servers
        self._began = self._now()

    def _now(self) -> "Stretch":
        servers_s = sum(server.cpu_seconds() for server in self._servers)
        database_s = self._servers[0].database_cpu_seconds()
        return Stretch(time.monotonic(), time.process_time(), servers_s, database_s)

    def stop(self) -> "Stretch":
        now = attrs.astuple(self._now())
        return Stretch(*(b - a for a, b in zip(attrs.astuple(self._began), now, strict=True)))


@attrs.frozen
class Stretch:
    seconds: float
    own: float
    theirs: float
    database_s: float

    def __add__(self, other: "Stretch") -> "Stretch":
        return Stretch(*map(operator.add, attrs.astuple(self), attrs.astuple(other)))

    def result(self, figures: Mapping[str, float]) -> Result:
        used = self.own, self.theirs, self.database_s
        return Result(figures, *(each / self.seconds for each in used))


# ---- people


async def connect(
    server: Server, tokens: Sequence[str], here: Callable[[Peer], None] = lambda peer: None
) -> list[Peer]:
    """Open sessions, returned in the order of the tokens. ``here`` is called with each at once."""

    async def one(number: int) -> Peer:
        source = f"127.0.0.{1 + number // MAX_PER_SOURCE}" if server.host == "127.0.0.1" else ""
        peer = await Peer.connect(
            server.host, server.port, tokens[number], server.subject.dialect, source=source
        )
        if server.subject.accounts:
            await peer.call("connect")
        here(peer)
        return peer

    return await each(len(tokens), one)


async def members(server: Server, room: str, names: Sequence[str]) -> list[Peer]:
    """Connect users and make them members of the room."""
    peers = await connect(server, await server.tokens(names))
    await each(len(peers), lambda number: peers[number].call("joinRoom", room=room))
    return peers


async def each(
    count: int, one: Callable[[int], Awaitable[T]], at_once: int = MAX_CONNECTING
) -> list[T]:
    """Run ``one`` for each number, ``at_once`` concurrently. Returns the results in order."""
    results: dict[int, T] = {}
    numbers = iter(range(count))

    async def work() -> None:
        for number in numbers:
            results[number] = await one(number)

    async with trio.open_nursery() as nursery:
        for _ in range(min(count, at_once)):
            nursery.start_soon(work)
    return [results[number] for number in range(count)]


async def subscribe(peers: Sequence[Peer], room: str) -> None:
    await each(len(peers), lambda number: peers[number].call("subscribe", room=room))


def close(peers: Sequence[Peer]) -> None:
    for peer in peers:
        peer.close()


# ---- messages


def message(peer: Peer, room: str, prefix: str = "") -> bytes:
    """Build a sendMessage frame, whose id is the time."""
    params = {"room": room, "text": prefix + TEXT[len(prefix) :], "clientId": str(uuid7())}
    return frame(peer.dialect.encode("sendMessage", params, time.monotonic_ns()))


async def keep_sending(peer: Peer, room: str, window: int) -> None:
    """Keep ``window`` messages in flight until cancelled."""
    replies = window
    while True:
        if replies:
            await peer.send(b"".join([message(peer, room) for _ in range(replies)]))
        replies = await peer.take()


async def send_at(
    peers: Sequence[Peer], room: str, rate: float, seconds: float, more: str = ""
) -> int:
    """Send at a steady rate in turn, with the time in the text. Returns the number sent."""
    start, count = trio.current_time(), int(rate * seconds)
    for number in range(count):
        await trio.sleep_until(start + number / rate)
        peer = peers[number % len(peers)]
        await peer.send(message(peer, room, f"{time.monotonic_ns()} {more}"))
    return count


def arrivals(crowd: Crowd) -> Iterator[tuple[int, int]]:
    """Yield when each message was sent, and when it arrived, for each listener."""
    for chunks in crowd.chunks.values():
        rest = b""
        for now, chunk in chunks:
            data, end = rest + chunk, 0
            for match in _STAMP.finditer(data):
                yield int(match[1]), now
                end = match.end()
            rest = data[end:][-64:]


def delays(crowd: Crowd) -> list[float]:
    """Return the seconds from sending each message to its arrival at each listener."""
    return [(seen - sent) / 1e9 for sent, seen in arrivals(crowd)]


def acknowledged(peers: Sequence[Peer], stretch: Stretch) -> dict[str, float]:
    """Return figures of the messages that were acknowledged. The CPU time is the server's."""
    latencies = [latency for peer in peers for latency in peer.latencies]
    count = sum(peer.acknowledged for peer in peers)
    return {
        "acks/s": count / stretch.seconds,
        **quantiles(latencies),
        "CPU us each": stretch.theirs / max(count, 1) * 1e6,
    }


def quantiles(seconds: Sequence[float]) -> dict[str, float]:
    if len(seconds) < 2:
        return {}
    cuts = statistics.quantiles(seconds, n=100)
    return {"p50 ms": cuts[49] * 1000, "p99 ms": cuts[98] * 1000}
