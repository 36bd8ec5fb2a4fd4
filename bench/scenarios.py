"""Scenarios for any server, and their figures."""

from collections.abc import Sequence
from typing import Final

import trio

from .load import (
    MAX_CONNECTING,
    Clock,
    Result,
    acknowledged,
    close,
    connect,
    delays,
    each,
    keep_sending,
    members,
    message,
    quantiles,
    send_at,
    subscribe,
)
from .peer import Crowd, Peer
from .server import Server, allow_files

LONG: Final = "x" * 3900
"""Long enough to fill the network's buffers, and then an outbox, within seconds."""


async def fanout(
    server: Server, *, people: int, senders: int, window: int, seconds: float, room: str = "fanout"
) -> Result:
    """One room: every member listens; some send, with ``window`` messages in flight each."""
    peers = await members(server, room, [f"f{n}" for n in range(people)])
    await subscribe(peers, room)
    crowd = Crowd(peers[senders:])
    clock = Clock(server)
    with trio.move_on_after(seconds):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(crowd.listen)
            for peer in peers[:senders]:
                nursery.start_soon(keep_sending, peer, room, window)
    stretch = clock.stop()
    delivered = crowd.messages + sum(peer.messages for peer in peers[:senders])
    close(peers)
    return stretch.result(
        {
            "deliveries/s": delivered / stretch.seconds,
            **acknowledged(peers[:senders], stretch),
        }
    )


async def ingest(
    server: Server, *, rooms: int, window: int, seconds: float, prefix: str = "ingest"
) -> Result:
    """Many rooms with one sender each: measure acknowledged durable messages."""
    peers = await connect(server, await server.tokens([f"i{n}" for n in range(rooms)]))
    await each(rooms, lambda number: peers[number].call("joinRoom", room=f"{prefix}{number}"))
    clock = Clock(server)
    with trio.move_on_after(seconds):
        async with trio.open_nursery() as nursery:
            for number, peer in enumerate(peers):
                nursery.start_soon(keep_sending, peer, f"{prefix}{number}", window)
    stretch = clock.stop()
    close(peers)
    return stretch.result(acknowledged(peers, stretch))


async def latency(server: Server, *, people: int, rate: int, seconds: float) -> Result:
    """A steady rate of messages in one room: measure delivery latency."""
    peers = await members(server, "latency", [f"l{n}" for n in range(people)])
    await subscribe(peers, "latency")
    crowd = Crowd(peers, stamps=True)
    clock = Clock(server)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(crowd.listen)
        sent = await send_at(peers, "latency", rate, seconds)
        # Late messages count too, within a limit.
        with trio.move_on_after(seconds):
            await crowd.until(sent * people)
        nursery.cancel_scope.cancel()
    stretch = clock.stop()
    close(peers)
    seen = delays(crowd)
    return stretch.result({"deliveries/s": len(seen) / stretch.seconds, **quantiles(seen)})


async def slow_readers(
    server: Server, *, people: int, slow: int, rate: int, seconds: float
) -> Result:
    """Measure delivery latency of members who read before, during and after the presence of members
    in their room who do not."""
    room = "slow"
    peers = await members(server, room, [f"q{n}" for n in range(people)])
    await subscribe(peers, room)
    told: tuple[list[float], list[float]] = ([], [])
    await _told(peers, room, rate, seconds / 5)  # warm-up
    clock, kb = Clock(server), 0.0
    for share, count in ((0.5, 0), (1.0, slow), (0.5, 0)):
        others = await members(server, room, [f"z{n}" for n in range(count)])
        await subscribe(others, room)
        before = server.resident_kb()
        told[count > 0].extend(await _told(peers, room, rate, seconds * share))
        kb = max(kb, server.resident_kb() - before)
        close(others)
    stretch = clock.stop()
    close(peers)
    without, beside = map(quantiles, told)
    return stretch.result(
        {
            "times the p99": beside["p99 ms"] / without["p99 ms"],
            **beside,
            **{f"{name} without": value for name, value in without.items()},
            "MB more": kb / 1024,
        }
    )


async def _told(peers: Sequence[Peer], room: str, rate: int, seconds: float) -> list[float]:
    """Measure delivery latency at a sample of members: the data of all would not fit in memory."""
    some, rest = Crowd(peers[:10], stamps=True), Crowd(peers[10:])
    async with trio.open_nursery() as nursery:
        nursery.start_soon(some.listen)
        nursery.start_soon(rest.listen)
        sent = await send_at(peers, room, rate, seconds, LONG)
        for crowd, count in ((some, len(peers[:10])), (rest, len(peers[10:]))):
            await crowd.until(sent * count)
        nursery.cancel_scope.cancel()
    return delays(some)


async def reconnect(server: Server, *, people: int, missed: int) -> Result:
    """Messages are sent while everybody is offline. All reconnect, get their inbox, and fetch the
    missed messages."""
    names = [f"r{n}" for n in range(people + 1)]
    writer, *others = await members(server, "reconnect", names)
    close(others)
    for start in range(0, missed, 50):
        count = min(50, missed - start)
        await writer.send(b"".join([message(writer, "reconnect") for _ in range(count)]))
        while count > 0:
            count -= await writer.take()
    clock = Clock(server)

    async def come_back(number: int) -> None:
        token = others[number].token
        peer = await Peer.connect(server.host, server.port, token, server.subject.dialect)
        entry = (await peer.call("connect"))["inbox"]["rooms"][0]
        fetched, read = 0, entry["readSeq"]
        while fetched < entry["unread"]:
            page = await peer.call("getHistory", room=entry["room"], after=read, limit=200)
            fetched += len(page["messages"])
            read = page["messages"][-1]["seq"]
        if fetched != missed:
            raise RuntimeError(f"{fetched} of {missed} messages came back")
        peer.close()

    await each(people, come_back, MAX_CONNECTING)
    stretch = clock.stop()
    writer.close()
    return stretch.result(
        {
            "people/s": people / stretch.seconds,
            "messages/s": people * missed / stretch.seconds,
            "CPU us each": stretch.theirs / people * 1e6,
        }
    )


async def idle(server: Server, *, connections: int) -> Result:
    """Idle connections: measure the rate of connecting, and the memory of each."""
    allow_files(connections + 1000)
    tokens = await server.tokens([f"c{n}" for n in range(connections)])
    close(await connect(server, tokens[:MAX_CONNECTING]))  # exclude one-time set-up
    await trio.sleep(0.3)
    before = server.resident_kb()
    clock = Clock(server)
    async with trio.open_nursery() as nursery:
        peers = await connect(server, tokens, lambda peer: nursery.start_soon(peer.stay))
        stretch = clock.stop()
        await trio.sleep(1)
        after = server.resident_kb()
        nursery.cancel_scope.cancel()
    close(peers)
    return stretch.result(
        {
            "connects/s": connections / stretch.seconds,
            "KB each": max(0.0, after - before) / connections,
        }
    )
