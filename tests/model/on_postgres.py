"""The same histories on PostgreSQL, without threads: a kill ends its connections. Or they begin in
a file, which is moved after the first kill.

No disk fails, and nothing is copied.
"""

import atexit
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, cast

import psycopg
from hypothesis.stateful import precondition, rule

from chatroom.store.moving import move
from chatroom.store.postgres import PostgresStore
from chatroom.store.sqlite.startup import FILE

from ..following.two_nodes import Line
from ..memory_store import inline
from ..postgres_server import PostgresServer
from .disk import Disk
from .rules import Chat
from .server import Place

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
    def abandon(self) -> None:
        """Lose all connections as a kill does."""

        def refuse(_: object) -> None:
            raise psycopg.OperationalError("the server was killed")

        self._commits._take = refuse
        self._commits.stop(0)
        self._connection.close()
        self._readers.close()


class PostgresPlace(Place):
    database = DATABASE

    def open(self) -> Disk:
        self._data.mkdir(exist_ok=True)
        opened: Any = PostgresDisk.open(server().url(self.database), in_thread=inline(self._lag))
        return cast("Disk", opened)

    def copy(self) -> None:
        cast("Any", self.disk)._commits.stop(0)
        self.disk.abandon()


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
