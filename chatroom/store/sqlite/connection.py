"""Connections: the one that writes, and the small pool that reads. Knows no tables.

The writer's connection is the only one that changes or checkpoints the file. The connections go
from thread to thread, but each is in one thread at a time.
"""

import sqlite3
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Concatenate, Final, ParamSpec, TypeVar

import trio

P = ParamSpec("P")
T = TypeVar("T")

READERS: Final = 4


def connect(path: Path) -> sqlite3.Connection:
    """Does not touch the file yet: it may turn out not to be ours, and then stays as it is."""
    return sqlite3.connect(path, timeout=5, check_same_thread=False, isolation_level=None)


def use_wal(connection: sqlite3.Connection) -> None:
    """Make it the one that writes, and put what a dead process left in the WAL into the file.

    A row that is found after a kill may never have been synced; a ``duplicate: true`` would
    acknowledge it. The checkpoint syncs it before anybody can ask.

    :raises sqlite3.OperationalError: also when another process uses the file.
    """
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA cache_size = -65536")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA journal_size_limit = 67108864")
    if checkpoint(connection):
        raise sqlite3.OperationalError("another process is using it")


def checkpoint(connection: sqlite3.Connection) -> bool:
    """Whether it was kept from finishing by another connection."""
    busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return bool(busy)


class Readers:
    """Runs each read in a thread, in a transaction of its own: one reply, one snapshot."""

    def __init__(self, path: Path, most: int = READERS) -> None:
        self._path = path
        self._limiter = trio.CapacityLimiter(most)
        # The threads take from it and put back: list.pop and list.append are atomic, and the
        # limiter keeps the number of connections down.
        self._idle: list[sqlite3.Connection] = []

    @property
    def reading(self) -> bool:
        """Whether a read is in its thread now."""
        return self._limiter.borrowed_tokens > 0

    async def read(
        self,
        query: Callable[Concatenate[sqlite3.Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        def in_thread() -> T:
            connection = self._take()
            try:
                connection.execute("BEGIN")
                try:
                    return query(connection, *args, **kwargs)
                finally:
                    if connection.in_transaction:
                        connection.execute("ROLLBACK")
            finally:
                self._idle.append(connection)

        return await trio.to_thread.run_sync(in_thread, limiter=self._limiter)

    def _take(self) -> sqlite3.Connection:
        with suppress(IndexError):
            return self._idle.pop()
        connection = connect(self._path)
        connection.execute("PRAGMA query_only = 1")
        return connection

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()
