"""SQLite's store without a file and without threads, for tests under a virtual clock."""

import sqlite3
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TypeVar

import trio
from outcome import Outcome, capture

from chatroom.store.sql import meta
from chatroom.store.sql.incarnations import Incarnation
from chatroom.store.sql.readers import LONG_READERS, SHORT_READERS
from chatroom.store.sql.threads import InThread
from chatroom.store.sqlite import SqliteStore
from chatroom.store.sqlite.commit_mark import CommitMark, reached_by
from chatroom.store.sqlite.connection import connect
from chatroom.store.sqlite.schema import data_set_of, migrate

T = TypeVar("T")


def inline(passes: int = 1) -> InThread:
    """Return a function that runs blocking work inline, so that tests are deterministic. Its
    outcome is told after ``passes`` passes of the loop, in which other tasks run.
    """

    def in_thread(work: Callable[[], T], done: Callable[[Outcome[T]], None]) -> None:
        trio.lowlevel.spawn_system_task(_tell, capture(work), done, passes)

    return in_thread


async def _tell(result: Outcome[T], done: Callable[[Outcome[T]], None], passes: int) -> None:
    with trio.CancelScope(shield=True):
        for _ in range(passes):
            await trio.lowlevel.checkpoint()
    done(result)


class MemoryStore(SqliteStore):
    """A store in memory. It runs until the loop ends, without a nursery of the test. Reads and
    writes alternate on one connection, and a commit takes a fixed number of passes of the loop.
    """

    def __init__(self, epoch: str = "memory") -> None:
        connection = connect(Path(":memory:"))
        _migrated().backup(connection)
        super().__init__(
            connection,
            CommitMark(None, reached_by(connection, data_set_of(connection))),
            _begin(connection, epoch),
            [connection] * (SHORT_READERS + LONG_READERS),
            meta.value(connection, meta.LINK_KEY),
            inline(),
        )
        trio.lowlevel.spawn_system_task(self._run_to_the_end)

    async def _run_to_the_end(self) -> None:
        try:
            await self.run()
        finally:
            self.close()

    def restart(self, epoch: str) -> None:
        """Begin another incarnation on the same data."""
        self._incarnation = _begin(self._connection, epoch)


def _begin(connection: sqlite3.Connection, epoch: str) -> Incarnation:
    """Begin an incarnation with a fixed id."""
    inserted = connection.execute("INSERT INTO incarnations (id) VALUES (?)", (epoch,))
    assert inserted.lastrowid is not None
    return Incarnation(inserted.lastrowid, epoch)


@cache
def _migrated() -> sqlite3.Connection:
    """Return a new database. Copying it takes a twentieth of the time of creating one."""
    connection = connect(Path(":memory:"))
    migrate(connection)
    return connection
