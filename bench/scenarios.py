"""The scenarios: what is asked of the server, and the figures that come of it."""

import statistics
import time
from collections.abc import Sequence
from functools import partial
from typing import Any

import attrs
import orjson
import trio
from uuid_utils import uuid7

from .peer import Peer, frame
from .server import Server

TEXT = "x" * 100
AT_ONCE = 50
"""Connections opened at the same time."""


@attrs.frozen
class Result:
    """``figures`` by name, with the unit in the name. ``load_cpu`` and ``server_cpu`` are shares
    of a core: a load near 1 has measured itself."""

    figures: dict[str, float]
    load_cpu: float
    server_cpu: float


class Clock:
    """Wall and CPU time of a stretch."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._wall, self._own, self._theirs = self._now()

    def _now(self) -> tuple[float, float, float]:
        return time.monotonic(), time.process_time(), self._server.cpu_seconds()

    def result(self, figures: dict[str, float]) -> Result:
        wall, own, theirs = self._now()
        took = wall - self._wall
        return Result(figures, (own - self._own) / took, (theirs - self._theirs) / took)

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._wall


async def fanout(
    server: Server, *, members: int, senders: int, window: int, seconds: float
) -> Result:
    """One room; every member listens, some write, each with so many messages under way."""
    peers = await _members(server, "fanout", [f"f{n}" for n in range(members)], listen=True)
    clock = Clock(server)
    with trio.move_on_after(seconds):
        async with trio.open_nursery() as nursery:
            for peer in peers[senders:]:
                nursery.start_soon(_forever, peer.count)
            for peer in peers[:senders]:
                nursery.start_soon(_keep_sending, peer, "fanout", window)
    result = clock.result(
        {
            "deliveries/s": sum(peer.messages for peer in peers) / clock.seconds,
            **_acknowledged(peers, clock),
        }
    )
    _close(peers)
    return result


async def ingest(server: Server, *, rooms: int, window: int, seconds: float) -> Result:
    """Many rooms with one sender each: how many durable messages are acknowledged."""
    tokens = await server.tokens([f"i{n}" for n in range(rooms)])
    peers = await _connect(server, list(tokens.values()))
    for number, peer in enumerate(peers):
        await peer.call("joinRoom", room=f"ingest{number}")
    clock = Clock(server)
    with trio.move_on_after(seconds):
        async with trio.open_nursery() as nursery:
            for number, peer in enumerate(peers):
                nursery.start_soon(_keep_sending, peer, f"ingest{number}", window)
    result = clock.result(_acknowledged(peers, clock))
    _close(peers)
    return result


async def latency(server: Server, *, members: int, rate: int, seconds: float) -> Result:
    """A steady rate of messages in one room: how long until a member has each of them."""
    peers = await _members(server, "latency", [f"l{n}" for n in range(members)], listen=True)
    seen: list[float] = []
    clock = Clock(server)
    with trio.move_on_after(seconds):
        async with trio.open_nursery() as nursery:
            for peer in peers:
                nursery.start_soon(_forever, partial(_note_delays, peer, seen))
            interval, start = 1 / rate, trio.current_time()
            for number in range(int(rate * seconds)):
                await trio.sleep_until(start + number * interval)
                await peers[number % len(peers)].send(
                    _message("latency", f"{time.monotonic_ns()} ")
                )
    result = clock.result({"deliveries/s": len(seen) / clock.seconds, **_quantiles(seen)})
    _close(peers)
    return result


async def reconnect(server: Server, *, people: int, missed: int) -> Result:
    """Everybody was away while messages came in; all come back, look at their inbox, and fetch
    what they missed."""
    names = [f"r{n}" for n in range(people)]
    peers = await _members(server, "reconnect", names, listen=False)
    _close(peers[1:])
    writer = peers[0]
    for start in range(0, missed, 50):
        count = min(50, missed - start)
        await writer.send(b"".join(_message("reconnect") for _ in range(count)))
        while count > 0:
            count -= await writer.take()
    tokens = list((await server.tokens(names[1:])).values())
    limiter = trio.CapacityLimiter(AT_ONCE)
    clock = Clock(server)

    async def come_back(token: str) -> None:
        async with limiter:
            peer = await Peer.connect(server.host, server.port, token)
            entry = (await peer.call("connect"))["inbox"]["rooms"][0]
            fetched, read = 0, entry["readSeq"]
            while fetched < entry["unread"]:
                page = await peer.call("getHistory", room=entry["room"], after=read, limit=200)
                fetched += len(page["messages"])
                read = page["messages"][-1]["seq"]
            if fetched != missed:
                raise RuntimeError(f"{fetched} of {missed} messages came back")
            peer.close()

    async with trio.open_nursery() as nursery:
        for token in tokens:
            nursery.start_soon(come_back, token)
    seconds = clock.seconds
    result = clock.result(
        {"people/s": len(tokens) / seconds, "messages/s": len(tokens) * missed / seconds}
    )
    writer.close()
    return result


# ---- parts


async def _connect(server: Server, tokens: Sequence[str]) -> list[Peer]:
    """Sessions, in the order of the tokens."""
    peers: dict[int, Peer] = {}
    limiter = trio.CapacityLimiter(AT_ONCE)

    async def one(number: int, token: str) -> None:
        async with limiter:
            peer = await Peer.connect(server.host, server.port, token)
            await peer.call("connect")
            peers[number] = peer

    async with trio.open_nursery() as nursery:
        for number, token in enumerate(tokens):
            nursery.start_soon(one, number, token)
    return [peers[number] for number in range(len(tokens))]


async def _members(server: Server, room: str, names: Sequence[str], *, listen: bool) -> list[Peer]:
    tokens = await server.tokens(names)
    peers = await _connect(server, list(tokens.values()))
    for peer in peers:
        await peer.call("joinRoom", room=room)
    if listen:
        for peer in peers:
            await peer.call("subscribe", room=room)
    return peers


def _message(room: str, prefix: str = "") -> bytes:
    params = {"room": room, "text": prefix + TEXT[len(prefix) :], "clientId": str(uuid7())}
    return frame("sendMessage", params, time.monotonic_ns())


async def _keep_sending(peer: Peer, room: str, window: int) -> None:
    replies = window
    while True:
        if replies:
            await peer.send(b"".join(_message(room) for _ in range(replies)))
        replies = await peer.take()


async def _forever(step: Any) -> None:
    while True:
        await step()


async def _note_delays(peer: Peer, seen: list[float]) -> None:
    payloads = await peer.payloads()
    now = time.monotonic_ns()
    for payload in payloads:
        message = orjson.loads(payload)
        if message.get("method") == "newMessage":
            sent_at = int(message["params"]["text"].split(" ", 1)[0])
            seen.append((now - sent_at) / 1e9)


def _acknowledged(peers: Sequence[Peer], clock: Clock) -> dict[str, float]:
    latencies = [seconds for peer in peers for seconds in peer.latencies]
    return {
        "acks/s": sum(peer.acknowledged for peer in peers) / clock.seconds,
        **_quantiles(latencies),
    }


def _quantiles(seconds: Sequence[float]) -> dict[str, float]:
    if len(seconds) < 2:
        return {}
    cuts = statistics.quantiles(seconds, n=100)
    return {"p50 ms": cuts[49] * 1000, "p99 ms": cuts[98] * 1000}


def _close(peers: Sequence[Peer]) -> None:
    for peer in peers:
        peer.close()
