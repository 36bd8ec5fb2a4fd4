"""One, two and three servers on one PostgreSQL: what a message costs.

All servers have one core in common, so they cannot be faster than one. The CPU time of servers and
of PostgreSQL for each message shows how they scale.
"""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from functools import partial
from typing import Final

import attrs
import trio

from .database import SharedDatabase, database
from .load import Clock, Result, Stretch, close, connect, each, keep_sending, members, subscribe
from .peer import Crowd, Peer
from .server import Server, on_postgres, running

NODES: Final = (1, 2, 3)
WARM_UP_S: Final = 2.0
"""Until each server knows of the others."""


@attrs.frozen
class Place:
    """A sender, the room that it uses, and the number of the server at which it is."""

    peer: Peer
    room: str
    server: int


async def _join(places: Sequence[Place], number: int) -> None:
    await places[number].peer.call("joinRoom", room=places[number].room)


async def scaling(*, rooms: int, people: int, senders: int, window: int, seconds: float) -> Result:
    """Measure ingest into many rooms, each used at one server, and fan-out in one room that has
    people and senders at all servers. There are as many of them for any number of servers."""
    figures: dict[str, float] = {}
    used = Stretch(0, 0, 0, 0)
    with database() as made:
        for count in NODES:
            shared = on_postgres(SharedDatabase(made))
            async with AsyncExitStack() as stack:
                servers = [await stack.enter_async_context(running(shared)) for _ in range(count)]
                await trio.sleep(min(WARM_UP_S, seconds))
                for load, peers, readers in (
                    ("ingest", await _alone(servers, rooms), []),
                    ("fan-out", *await _together(servers, people, senders)),
                ):
                    stretch = await _measured(servers, peers, readers, window, seconds)
                    used += stretch
                    _add(figures, load, _acknowledged_at(peers, count), stretch)
    return used.result(figures)


async def _alone(servers: Sequence[Server], rooms: int) -> list[Place]:
    """Connect a sender for each room, to the servers in turn."""
    senders: list[Place] = []
    for first, server in enumerate(servers):
        numbers = range(first, rooms, len(servers))
        peers = await connect(server, await server.tokens([f"i{number}" for number in numbers]))
        places = [
            Place(peer, f"r{number}", first) for peer, number in zip(peers, numbers, strict=True)
        ]
        await each(len(places), partial(_join, places))
        senders += places
    return senders


async def _together(
    servers: Sequence[Server], people: int, senders: int
) -> tuple[list[Place], list[Peer]]:
    """Connect people to the servers in turn, all in one room. Return senders and others."""
    writing: list[Place] = []
    reading: list[Peer] = []
    for first, server in enumerate(servers):
        numbers = range(first, people, len(servers))
        peers = await members(server, "together", [f"f{number}" for number in numbers])
        await subscribe(peers, "together")
        for number, peer in zip(numbers, peers, strict=True):
            if number < senders:
                writing.append(Place(peer, "together", first))
            else:
                reading.append(peer)
    return writing, reading


async def _measured(
    servers: Sequence[Server],
    senders: Sequence[Place],
    readers: Sequence[Peer],
    window: int,
    seconds: float,
) -> Stretch:
    clock = Clock(*servers)
    with trio.move_on_after(seconds):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(Crowd(readers).listen)
            for place in senders:
                nursery.start_soon(keep_sending, place.peer, place.room, window)
    stretch = clock.stop()
    close([*readers, *(place.peer for place in senders)])
    return stretch


def _acknowledged_at(senders: Sequence[Place], servers: int) -> list[int]:
    """Return how many messages each server has acknowledged."""
    return [
        sum(place.peer.acknowledged for place in senders if place.server == number)
        for number in range(servers)
    ]


def _add(figures: dict[str, float], load: str, by_server: Sequence[int], took: Stretch) -> None:
    """Add the figures of one server, or those of several as so many times those.

    :param by_server: how many messages each acknowledged.
    """
    count, messages = len(by_server), max(1, sum(by_server))
    found = {
        "acks/s": messages / took.seconds,
        "CPU us each": took.theirs / messages * 1e6,
        "CPU us of PostgreSQL each": took.database_s / messages * 1e6,
    }
    for name, value in found.items():
        if count == NODES[0]:
            figures[f"{load}: {name}"] = value
        else:
            figures[f"{load}: times the {name}, {count} nodes"] = value / figures[f"{load}: {name}"]
    if count > NODES[0]:
        figures[f"{load}: least share of a node, {count} nodes"] = min(by_server) / messages * count
