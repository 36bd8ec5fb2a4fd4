"""Two nodes in one process on one SQLite store. News may be lost, doubled, late or reordered."""

from collections.abc import AsyncIterator, Callable, Collection, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from random import Random
from typing import Final

import attrs
import trio

from chatroom.config import Config
from chatroom.errors import Behind, StorageFull
from chatroom.following import POLL_S
from chatroom.node import Node
from chatroom.store.bus import MAX_BYTES, Heard
from chatroom.store.news import News
from chatroom.store.room_log import Batch, Decision
from chatroom.store.sqlite import SqliteStore

from ..builders import CONFIG, PEOPLE, Guest, House, Ticking, open_house
from ..faulty_store import Untellable
from ..memory_store import MemoryStore

HEALED_S: Final = 2 * POLL_S
"""Time after which every loss of news has been noticed."""


@attrs.define(eq=False)
class Line:
    """Carries news to one node.

    :ivar lose, double: shares of the news that are lost, or arrive twice.
    :ivar delay_s: longest delay. Each news has its own, so that news is reordered.
    :ivar commit_delay_s: longest time before and after a commit of this node.
    :ivar overtaken: counts commits of this node that another one has overtaken.
    """

    dice: Random = attrs.Factory(lambda: Random(0))  # noqa: S311
    lose: float = 0
    double: float = 0
    delay_s: float = 0
    commit_delay_s: float = 0
    carried: list[News] = attrs.Factory(list)
    overtaken: int = 0

    def carry(self, told: Callable[[Sequence[News]], None], news: Sequence[News]) -> None:
        for each in news:
            if self.dice.random() < self.lose:
                continue
            self.carried.append(each)
            for _ in range(2 if self.dice.random() < self.double else 1):
                delay = self.dice.uniform(0, self.delay_s)
                if delay:
                    trio.lowlevel.spawn_system_task(self._later, told, each, delay)
                else:
                    told([each])

    async def _later(
        self, told: Callable[[Sequence[News]], None], news: News, delay: float
    ) -> None:
        await trio.sleep(delay)
        told([news])

    async def pause(self) -> None:
        if self.commit_delay_s:
            await trio.sleep(self.dice.uniform(0, self.commit_delay_s))


class LineBus:
    """Carries messages to the other nodes by their lines, which lose, double and delay them."""

    lost: Final = 0

    def __init__(self, node: int, line: Line) -> None:
        self.node = node
        self.line = line
        self.others: list[LineBus] = []
        self.heard: dict[str, Heard] = {}
        self._dice = Random(node)  # noqa: S311

    def tell(self, kind: str, message: bytes, *, ephemeral: bool = False) -> None:
        assert len(message) <= MAX_BYTES
        for other in self.others:
            other.carry(self.node, kind, message)

    def carry(self, node: int, kind: str, message: bytes) -> None:
        line, dice = self.line, self._dice
        if dice.random() < line.lose:
            return
        for _ in range(2 if dice.random() < line.double else 1):
            delay = dice.uniform(0, line.delay_s)
            trio.lowlevel.spawn_system_task(self._later, node, kind, message, delay)

    async def _later(self, node: int, kind: str, message: bytes, delay: float) -> None:
        await trio.sleep(delay)
        if (heard := self.heard.get(kind)) is not None:
            heard(node, message)

    @contextmanager
    def hearing(self, kind: str, heard: Heard) -> Iterator[None]:
        self.heard[kind] = heard
        try:
            yield
        finally:
            del self.heard[kind]


class SharedStore(SqliteStore):
    """One node's access to a store that it shares.

    :ivar alive: the numbers of the other nodes that are alive.
    :ivar full: all commits of this node fail for lack of space.
    :ivar fail_commit: the next commit of this node is written, and then its room fails.
    """

    def __init__(self, shared: SqliteStore, line: Line, node: int = 1) -> None:
        self.__dict__.update(shared.__dict__)  # its connections, its writer, its readers
        self.line = line
        self.alive: Collection[int] = ()
        self._node = node
        self._bus = LineBus(node, line)
        self.full = False
        self.fail_commit = False

    @property
    def node(self) -> int:
        return self._node

    @property
    def others(self) -> Collection[int]:
        return self.alive

    @property
    def bus(self) -> LineBus:
        return self._bus

    async def commit(self, batch: Batch) -> Decision:
        if self.full:
            raise StorageFull("no space left")
        await self.line.pause()
        try:
            decision = await super().commit(batch)
        except Behind:
            self.line.overtaken += 1
            raise
        await self.line.pause()
        if self.fail_commit:
            self.fail_commit = False
            return attrs.evolve(decision, entries=Untellable(decision.entries))
        return decision

    @contextmanager
    def telling_news(
        self,
        told: Callable[[Sequence[News]], None],
        follows: Callable[[str], bool] = lambda room: True,
    ) -> Iterator[None]:
        listens = True

        def tell(news: Sequence[News]) -> None:
            if listens:
                told(news)

        try:
            with super().telling_news(partial(self.line.carry, tell)):
                yield
        finally:
            listens = False  # to news that is still under way


def share(store: SqliteStore, *lines: Line) -> list[SharedStore]:
    """Return a node's access for each line."""
    stores = [SharedStore(store, line, number) for number, line in enumerate(lines, 1)]
    for each in stores:
        others = [other for other in stores if other is not each]
        each.alive = [other.node for other in others]
        each.bus.others = [other.bus for other in others]
    return stores


@asynccontextmanager
async def two_nodes(
    a: Line | None = None,
    b: Line | None = None,
    *,
    users: Sequence[str] = PEOPLE,
    config: Config = CONFIG,
) -> AsyncIterator[tuple[House, House]]:
    """Run two nodes.

    :param a: carries news to the first node.
    :param b: carries news to the second node.
    """
    shared, clock = MemoryStore(), Ticking()
    make = partial(Node, alone=False)
    first, second = share(shared, a or Line(), b or Line())
    async with (
        open_house(first, config=config, clock=clock, people=users, make_node=make) as one,
        open_house(second, config=config, clock=clock, people=(), make_node=make) as two,
    ):
        two.sessions = 100  # so that the sessions of both have different ids
        yield one, two


async def meet(one: House, two: House, room: str = "lobby") -> tuple[Guest, Guest]:
    """Return alice at the first node, and bob at the second; both are members and subscribe."""
    alice, bob = await one.guest("alice"), await two.guest("bob")
    await alice.join(room)
    await bob.join(room)
    for guest in (alice, bob):
        assert (await guest.subscribe(room)).room == room
    await trio.sleep(HEALED_S)
    for guest in (alice, bob):
        guest.heard.clear()
    return alice, bob


def texts(guest: Guest) -> list[str]:
    return [event["text"] for event in guest.events("newMessage")]
