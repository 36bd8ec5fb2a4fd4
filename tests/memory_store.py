"""SQLite's store without a file and without threads, for tests under a virtual clock."""

import sqlite3
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TypeVar, TypeVarTuple

import trio

from chatroom.store.sqlite import SqliteStore
from chatroom.store.sqlite.commit_mark import CommitMark, reached_by
from chatroom.store.sqlite.connection import connect
from chatroom.store.sqlite.incarnations import Incarnation
from chatroom.store.sqlite.readers import LONG_READERS, SHORT_READERS
from chatroom.store.sqlite.run_sync import RunSync
from chatroom.store.sqlite.schema import data_set_of, migrate

Ts = TypeVarTuple("Ts")
T = TypeVar("T")


def inline(passes: int = 1) -> RunSync:
    """Runs work in one piece between two passes of the loop, the same each time. Its result takes
    so many passes to come back, in which everything else goes on.
    """

    async def run_sync(
        sync_fn: Callable[[*Ts], T], *args: *Ts, limiter: trio.CapacityLimiter | None = None
    ) -> T:
        try:
            return sync_fn(*args)
        finally:
            with trio.CancelScope(shield=True):
                for _ in range(passes):
                    await trio.lowlevel.checkpoint()

    return run_sync


class MemoryStore(SqliteStore):
    """Runs until the loop ends, without a nursery of the test's. Reads and writes take turns on one
    connection; a commit takes the same passes of the loop each time.
    """

    def __init__(self, epoch: str = "memory") -> None:
        connection = connect(Path(":memory:"))
        _migrated().backup(connection)
        super().__init__(
            connection,
            CommitMark(None, reached_by(connection, data_set_of(connection))),
            _begin(connection, epoch),
            [connection] * (SHORT_READERS + LONG_READERS),
            inline(),
        )
        trio.lowlevel.spawn_system_task(self._run_to_the_end)

    async def _run_to_the_end(self) -> None:
        try:
            await self.run()
        finally:
            self.close()

    def restart(self, epoch: str) -> None:
        """Another incarnation, which finds all that this one has written."""
        self._incarnation = _begin(self._connection, epoch)


def _begin(connection: sqlite3.Connection, epoch: str) -> Incarnation:
    """One with a known id."""
    inserted = connection.execute("INSERT INTO incarnations (id) VALUES (?)", (epoch,))
    assert inserted.lastrowid is not None
    return Incarnation(inserted.lastrowid, epoch)


@cache
def _migrated() -> sqlite3.Connection:
    """A new database; to copy it takes a twentieth of the time of making it."""
    connection = connect(Path(":memory:"))
    migrate(connection)
    return connection
