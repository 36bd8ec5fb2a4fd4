"""What a fault may use."""

import random
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any, Final

import attrs
import trio

from ..network.proxy import Proxy
from ..postgres_server import PostgresServer
from .fleet import Fleet
from .links import Network

ROLE: Final = "nodes"
"""The role and the database of the servers."""
PAUSE_S: Final = (1.0, 3.0)
"""Time before a fault, and after the one before it."""


@attrs.define(eq=False)
class Scene:
    """:param proxies: between each server and PostgreSQL.
    :param network: the links of the servers, if each is in a namespace.
    :param disk: the directory of PostgreSQL's files.
    :param acknowledged: returns the number of messages acknowledged so far.
    :param note: records what happens.
    """

    fleet: Fleet
    postgres: PostgresServer
    standby: PostgresServer | None
    proxies: Sequence[Proxy]
    network: Network | None
    disk: Path
    dice: random.Random
    seconds: float
    acknowledged: Callable[[], int]
    note: Callable[[str], None]

    async def pause(self, least: float = PAUSE_S[0], most: float = PAUSE_S[1]) -> None:
        await trio.sleep(self.dice.uniform(least, most))

    async def turns(self) -> AsyncIterator[int]:
        """Yield numbers of servers, until the time is over, each when all servers are healthy."""
        end = trio.current_time() + self.seconds
        while trio.current_time() < end:
            await self.healthy()
            await self.pause()
            yield self.dice.randrange(len(self.fleet.nodes))
        await self.healthy()

    async def healthy(self) -> None:
        while not all(node.healthy for node in self.fleet.nodes):  # noqa: ASYNC110
            await trio.sleep(0.1)

    async def sql(self, statement: str) -> list[tuple[Any, ...]]:
        return await trio.to_thread.run_sync(self.postgres.execute, statement, ROLE)
