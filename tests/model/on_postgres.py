"""The same histories on PostgreSQL, without threads: a kill ends its connections. Or they begin in
a file, which is moved after the first kill.

No disk fails, and nothing is copied.
"""

import atexit
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from functools import cache
from pathlib import Path
from typing import Any, NoReturn, TypeVar, cast

import psycopg
import trio
from hypothesis.stateful import precondition, rule

from chatroom.errors import StorageFailed
from chatroom.store.bus import MAX_BYTES
from chatroom.store.moving import move
from chatroom.store.news import News
from chatroom.store.news_codec import decode, encode
from chatroom.store.postgres import PostgresStore
from chatroom.store.room_log import Batch, Decision
from chatroom.store.sql.store import SqlStore
from chatroom.store.sqlite.startup import FILE

from ..following.two_nodes import Line
from ..memory_store import inline
from ..postgres_server import PostgresServer
from .disk import Disk
from .rules import Chat, ChatOnTwoNodes
from .server import Place

D = TypeVar("D", bound="PostgresDisk")
DATABASE = "histories"
MOVED = "moved"


@cache
def server() -> PostgresServer:
    """Return a running server, which ends with this process."""
    made = PostgresServer()
    atexit.register(made.close)
    made.start()
    made.execute(f"CREATE DATABASE {DATABASE}")
    PostgresStore.open(made.url(DATABASE)).close()
    made.execute(f"CREATE DATABASE {MOVED}")
    return made


class PostgresDisk(PostgresStore):
    abandoned = False

    def abandon(self) -> None:
        """Lose all connections as a kill does."""

        def refuse(*_: object) -> NoReturn:
            raise psycopg.OperationalError("the server was killed")

        if not self.abandoned:
            self.abandoned = True
            self._commits._take = refuse
            self._commits.stop(0)
            self._heartbeat.beat = refuse  # type: ignore[method-assign]
            self._connection.close()
            self._readers.close()
            self.bus.close()
            self._heartbeat.end()

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        self.bus.run = trio.sleep_forever  # type: ignore[method-assign]
        await super().run(task_status=task_status)

    def stand_aside(self) -> None:
        """Be no node."""
        self._heartbeat.beat = lambda: None  # type: ignore[method-assign]
        self._connection.execute("DELETE FROM leader")


class PostgresNode(PostgresDisk):
    """A node of several. Their news is carried by lines instead of the bus."""

    others = (1,)
    line: Line
    peers: list["PostgresNode"]
    told: Callable[[Sequence[News]], None] | None = None
    follows: Callable[[str], bool]

    async def commit(self, batch: Batch) -> Decision:
        await self.line.pause()
        decision = await super().commit(batch)
        await self.line.pause()
        return decision

    def receive(self, news: Sequence[News]) -> None:
        """Tell this node of another one's commits, once it listens."""
        if self.told is not None and not self.abandoned:
            self.hear(news, self.told)

    @contextmanager
    def telling_news(
        self,
        told: Callable[[Sequence[News]], None],
        follows: Callable[[str], bool] = lambda room: True,
    ) -> Iterator[None]:
        def tell(news: Sequence[News]) -> None:
            told(news)
            parts = list(encode(news, MAX_BYTES))
            for peer in self.peers:
                if peer is not self and peer is not NotImplemented and peer.told is not None:
                    carried = [each for part in parts for each in decode(part, peer.follows)]
                    peer.line.carry(peer.receive, carried)

        self.told, self.follows = told, follows
        with SqlStore.telling_news(self, tell):
            yield


class PostgresPlace(Place):
    """Each of several nodes has connections of its own."""

    database = DATABASE
    nodes: list[PostgresNode]

    def _open(self, kind: type[D]) -> D:
        return kind.open(server().url(self.database), in_thread=inline(self._lag))

    def open(self) -> Disk:
        self._data.mkdir(exist_ok=True)
        self.nodes = [NotImplemented] * len(self._lines)
        disk = self._open(PostgresDisk)
        if self._lines:
            disk.stand_aside()
        return cast("Disk", cast("Any", disk))

    @asynccontextmanager
    async def access(self, number: int) -> AsyncIterator[Disk]:
        if not self._lines:
            yield self.disk
            return
        store = self.nodes[number] = self._open(PostgresNode)
        store.line, store.peers = self._lines[number], self.nodes
        try:
            async with trio.open_nursery() as nursery:
                await nursery.start(store.run)
                try:
                    yield cast("Disk", cast("Any", store))
                finally:
                    store.abandon()
                    nursery.cancel_scope.cancel()
        except* StorageFailed:
            if not store.abandoned:
                raise

    def copy(self) -> None:
        for each in (cast("PostgresDisk", cast("Any", self.disk)), *self.nodes):
            each.abandon()


class ChatOnPostgres(Chat):
    def place_in(self, directory: Path, lag: int, lines: Sequence[Line]) -> Place:
        server().empty(DATABASE)
        return PostgresPlace(directory, self._patch, lag, lines)

    fail_commit = None  # type: ignore[assignment]
    copy_the_directory = None  # type: ignore[assignment]
    lose_a_while = None  # type: ignore[assignment]
    put_the_copy_back = None  # type: ignore[assignment]


class MovedPlace(PostgresPlace):
    database = MOVED
    moved = False

    def open(self) -> Disk:
        if not self._lives:
            return Place.open(self)
        if not self.moved:
            move(self._data, [FILE], server().url(MOVED), lambda done, total: None)
            self.moved = True
        return super().open()

    def copy(self) -> None:
        if self.moved:
            super().copy()
        else:
            Place.copy(self)


class ChatMoved(ChatOnPostgres):
    def place_in(self, directory: Path, lag: int, lines: Sequence[Line]) -> Place:
        server().execute("DROP SCHEMA IF EXISTS chatroom CASCADE", MOVED)
        return MovedPlace(directory, self._patch, lag, lines)

    @precondition(lambda chat: not chat.place.moved)
    @rule()
    def kill_and_move(self) -> None:
        self.perform(kill_after=0)


class ChatOnTwoPostgresNodes(ChatOnPostgres, ChatOnTwoNodes):
    """Two nodes on one database."""
