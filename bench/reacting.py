"""A message to which many people react with many emojis."""

import time
from typing import Final

from .load import Clock, Result, close, connect, each, quantiles
from .peer import Peer
from .prepared import TEXT, person, prepare, room
from .server import CHATROOM, allow_files, directory, running

AT_ONCE: Final = 100
"""People who call at the same time, one call each."""
READS: Final = 200
FIRST_EMOJI: Final = 0x1F600


async def reactions(*, people: int, emojis: int) -> Result:
    """Let each person send a message, and then react to one with each emoji. Then read it."""
    allow_files(people + 1000)
    with directory() as data:
        setup_s = await prepare(
            data, people=people, rooms=1, members=lambda _: range(people), messages=1
        )
        async with running(CHATROOM, data) as server:
            tokens = await server.tokens([person(number) for number in range(people)])
            peers = await connect(server, tokens)

            async def send(number: int) -> None:
                await peers[number].call("sendMessage", room=room(0), text=TEXT)

            async def react(number: int) -> None:
                for emoji in range(emojis):
                    params = {"room": room(0), "seq": 1, "emoji": chr(FIRST_EMOJI + emoji)}
                    await peers[number].call("addReaction", **params)

            clock = Clock(server)
            before = server.cpu_seconds()
            await each(people, send, AT_ONCE)
            sends = (server.cpu_seconds() - before) / people
            before, began = server.cpu_seconds(), time.monotonic()
            await each(people, react, AT_ONCE)
            taken_s = time.monotonic() - began
            reacts = (server.cpu_seconds() - before) / (people * emojis)
            pages = await _times(peers[0], "getHistory", before=2)
            lists = await _times(peers[0], "listReactions", seq=1)
            stretch = clock.stop()
            close(peers)
    return stretch.result(
        {
            "times a send": reacts / sends,
            "CPU us each": reacts * 1e6,
            "CPU us a send": sends * 1e6,
            "reactions/s": people * emojis / taken_s,
            "p99 ms, page": quantiles(pages)["p99 ms"],
            "p99 ms, list": quantiles(lists)["p99 ms"],
            "setup s": setup_s,
        }
    )


async def _times(peer: Peer, method: str, **params: int) -> list[float]:
    times = []
    for _ in range(READS):
        began = time.monotonic()
        await peer.call(method, room=room(0), **params)
        times.append(time.monotonic() - began)
    return times
