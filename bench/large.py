"""Scenarios with large databases. Each prepares its own databases and servers."""

import statistics
from collections.abc import Sequence
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Final

import attrs
import trio

from .load import Clock, Result, close, connect, each, send_at, subscribe
from .peer import Crowd, Peer
from .prepared import person, prepare, room
from .scenarios import fanout, ingest
from .server import CHATROOM, Server, allow_files, directory, running

TURNS: Final = (0, 1, 1, 0, 0, 1, 1, 0)
"""Order of two alternating subjects: neither is always first, and disturbances hit both."""


async def storm(*, people: int, rooms: int) -> Result:
    """All people, with ``rooms`` rooms each, connect at once and get their inbox."""
    allow_files(people + 1000)
    step = max(1, people // rooms)
    with directory() as data:
        setup_s = await prepare(
            data,
            people=people,
            rooms=people,
            members=lambda number: [(number + n * step) % people for n in range(rooms)],
            messages=10,
        )
        async with running(CHATROOM, data) as server:
            tokens = await server.tokens([person(number) for number in range(people)])
            clock = Clock(server)

            async def come(number: int) -> Peer:
                peer = await Peer.connect(
                    server.host, server.port, tokens[number], server.subject.dialect
                )
                inbox = (await peer.call("connect"))["inbox"]
                if len(inbox["rooms"]) != rooms:
                    raise RuntimeError(f"{len(inbox['rooms'])} of {rooms} rooms in the inbox")
                return peer

            peers = await each(people, come, 500)
            stretch = clock.stop()
            close(peers)
    return stretch.result({"people/s": people / stretch.seconds, "setup s": setup_s})


async def large_room(*, people: int, online: int, rate: int, seconds: float) -> Result:
    """Compare the server's CPU time per message in a room of many members, few of them online, with
    a room of these few, at a steady rate in alternation."""
    with directory() as data:
        setup_s = await prepare(
            data,
            people=people,
            rooms=2,
            members=lambda number: range((people, online)[number]),
            messages=1,
        )
        async with running(CHATROOM, data) as server:
            tokens = await server.tokens([person(number) for number in range(online)])
            peers = await connect(server, tokens)
            for number in range(2):
                await subscribe(peers, room(number))
            clock = Clock(server)
            costs: tuple[list[float], list[float]] = ([], [])
            for turn in range(8):
                cost = await _cost(server, peers, room(turn % 2), rate, seconds / 4)
                if turn > 1:  # the first of each is a warm-up
                    costs[turn % 2].append(cost)
            stretch = clock.stop()
            close(peers)
    large, small = map(statistics.median, costs)
    return stretch.result(
        {
            "times the small room": large / small,
            "us a message": large * 1e6,
            "us in the small room": small * 1e6,
            "setup s": setup_s,
        }
    )


async def _cost(
    server: Server, peers: Sequence[Peer], name: str, rate: int, seconds: float
) -> float:
    """Return the server's CPU seconds per message."""
    crowd = Crowd(peers)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(crowd.listen)
        before = server.cpu_seconds()
        count = await send_at(peers, name, rate, seconds)
        with trio.fail_after(10):
            await crowd.until(count * len(peers))
        cost = (server.cpu_seconds() - before) / count
        nursery.cancel_scope.cancel()
    return cost


@attrs.frozen
class _Pair:
    """A figure of the server with an empty database and of the one with a large one."""

    empty: list[float] = attrs.field(factory=list)
    grown: list[float] = attrs.field(factory=list)

    @property
    def times(self) -> float:
        return statistics.median(self.empty) / statistics.median(self.grown)


async def growth(*, messages: int, rooms: int, people: int, seconds: float) -> Result:
    """Compare fan-out, ingest and start with a large and an empty database: two servers on one
    core, of which one at a time works, in alternation.

    The figures are the ratios of the empty one to the large one.
    """
    senders, writers = max(1, people // 20), max(2, people // 2)
    with directory() as data:
        setup_s = await prepare(
            data / "grown",
            people=rooms,
            rooms=rooms,
            members=lambda number: [number],
            messages=messages // rooms,
        )
        starts = await _starts(data)
        fan, acks = _Pair(), _Pair()
        async with AsyncExitStack() as stack:
            servers = [
                await stack.enter_async_context(running(CHATROOM, data / name))
                for name in ("empty", "grown")
            ]
            clock = Clock(servers[1])
            load = partial(
                fanout, people=people, senders=senders, window=16, seconds=seconds / 2, room=room(0)
            )
            store = partial(ingest, rooms=writers, window=16, seconds=seconds / 2, prefix="room")
            for turn in TURNS:
                server, which = servers[turn], ("empty", "grown")[turn]
                getattr(fan, which).append((await load(server)).figures["deliveries/s"])
                getattr(acks, which).append((await store(server)).figures["acks/s"])
            stretch = clock.stop()
    return stretch.result(
        {
            "times the fan-out": fan.times,
            "times the ingest": acks.times,
            "deliveries/s": statistics.median(fan.grown),
            "acks/s": statistics.median(acks.grown),
            "start s": statistics.median(starts.grown),
            "start s when empty": statistics.median(starts.empty),
            "setup s": setup_s,
        }
    )


async def _starts(data: Path) -> _Pair:
    pair = _Pair()
    for _ in range(3):
        for starts, name in ((pair.empty, "empty"), (pair.grown, "grown")):
            async with running(CHATROOM, data / name) as server:
                starts.append(server.ready_s)
    return pair


async def asleep(*, rooms: int, people: int) -> Result:
    """Compare the memory of a server with many idle rooms and people with an empty one's."""
    with directory() as data:
        setup_s = await prepare(
            data / "grown",
            people=people,
            rooms=rooms,
            members=lambda number: sorted({number % people, (number * 7 + 1) % people}),
            messages=1,
        )
        pair = _Pair()
        for _ in range(3):
            for kept, name in ((pair.empty, "empty"), (pair.grown, "grown")):
                async with running(CHATROOM, data / name) as server:
                    clock = Clock(server)
                    await trio.sleep(0.3)
                    kept.append(server.resident_kb() / 1024)
                    stretch = clock.stop()
    empty, grown = statistics.median(pair.empty), statistics.median(pair.grown)
    return stretch.result(
        {
            "MB more": grown - empty,
            "MB resident": grown,
            "MB when empty": empty,
            "MB spread when empty": max(pair.empty) - min(pair.empty),
            "setup s": setup_s,
        }
    )
