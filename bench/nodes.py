"""``python -m bench nodes``: people on two servers that share a PostgreSQL database, in one room.

Measured is the time from before the sending at the first server to each member's read, at either.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import attrs
import click
import trio

from .database import database
from .load import delays, members, quantiles, send_at, subscribe
from .peer import Crowd
from .server import CHATROOM, running

ROOM = "nodes"
WARM_UP_S = 2.0
"""Until each node knows of the other one."""


@contextmanager
def _database(url: str | None) -> Iterator[str]:
    if url is not None:
        yield url
        return
    with database() as made:
        yield made.empty()


async def measure(url: str, rate: float, seconds: float, people: int) -> None:
    subject = attrs.evolve(CHATROOM, command=(*CHATROOM.command, "--database", url))
    async with running(subject) as one, running(subject) as two:
        await trio.sleep(WARM_UP_S)
        at_one = await members(one, ROOM, [f"a{n}" for n in range(people)])
        at_two = await members(two, ROOM, [f"b{n}" for n in range(people)])
        crowds = Crowd(at_one, stamps=True), Crowd(at_two, stamps=True)
        for peers in (at_one, at_two):
            await subscribe(peers, ROOM)
        cpu = [each.cpu_seconds() for each in (one, two)]
        async with trio.open_nursery() as nursery:
            for crowd in crowds:
                nursery.start_soon(crowd.listen)
            sent = await send_at(at_one, ROOM, rate, seconds)
            with trio.move_on_after(seconds):
                for crowd in crowds:
                    await crowd.until(sent * people)
            nursery.cancel_scope.cancel()
        for number, (server, crowd) in enumerate(zip((one, two), crowds, strict=True)):
            seen = delays(crowd)
            figures = ", ".join(f"{name} {value:.1f}" for name, value in quantiles(seen).items())
            share = (server.cpu_seconds() - cpu[number]) / seconds
            print(
                f"node {number + 1}: {len(seen):,} of {sent * people:,} read, {figures},"
                f" {share:.2f} of a core"
            )


@click.command()
@click.option("--database", "url", metavar="URL", help="An empty database; default: our own.")
@click.option("--rate", default=1000.0, help="Messages a second.")
@click.option("--seconds", default=5.0)
@click.option("--people", default=5, help="Members at each server; those at the first one send.")
def main(url: str | None, rate: float, seconds: float, people: int) -> None:
    """Measure how long a message takes to people on another node."""
    with _database(url) as used:
        trio.run(measure, used, rate, seconds, people)
