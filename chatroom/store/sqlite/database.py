"""One SQLite file as long as it is open: its connections, its writer and its readers."""

import sqlite3
from collections.abc import Callable, Collection, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Concatenate, ParamSpec, Self, TypeVar, cast

import trio

from ...errors import StartError
from ..load import StoreLoad
from .commit_mark import CommitMark
from .connection import checkpoint
from .damage import Damage
from .incarnations import Incarnation
from .news import RecentCommits
from .readers import Readers, open_readers
from .startup import FILE, explained, open_database
from .threads import InThread, in_thread
from .transaction import Job
from .writer import Writer

P = ParamSpec("P")
T = TypeVar("T")


class SqliteDatabase:
    """A writer and readers on one file. Reads and writes wait until :meth:`run` runs."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        mark: CommitMark,
        incarnation: Incarnation,
        readers: Sequence[sqlite3.Connection],
        in_thread: InThread = in_thread,
    ) -> None:
        """:param connection: the connection that writes; ``mark`` counts its commits.
        :param readers: the connections that read; see :func:`.readers.open_readers`.
        :param in_thread: runs blocking work.
        """
        self._connection = connection
        self._mark = mark
        self._incarnation = incarnation
        self._damage = Damage()
        self._writer = Writer(connection, mark, self._damage, in_thread)
        self._readers = Readers(readers, self._damage, in_thread)
        self._recent = RecentCommits()
        # Consumers of the log, and what ends that the writer tells of moved rooms.
        self._told_moved: list[Callable[[Collection[str]], None]] = []
        self._telling_moved = ExitStack()

    @classmethod
    def open(
        cls,
        directory: Path,
        found: Collection[str] = (),
        *,
        init: bool = False,
        factory: type[sqlite3.Connection] = sqlite3.Connection,
        in_thread: InThread = in_thread,
    ) -> Self:
        """Open or create the database in ``directory``: see :func:`.startup.open_database`.

        :param factory: the class of the connections, as for :func:`sqlite3.connect`.
        :raises StartError: the database cannot be used.
        """
        connection, mark, incarnation = open_database(directory, found, init=init, factory=factory)
        path = directory / FILE
        try:
            with explained(path):
                readers = open_readers(path, factory)
        except StartError:
            mark.close()
            connection.close()
            raise
        return cls(connection, mark, incarnation, readers, in_thread)

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Serve reads and writes until cancelled.

        :raises StorageFailed: the process must end; see :class:`.writer.Writer`.
        """
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._readers.run)
            await self._writer.run(task_status=task_status)

    def close(self) -> None:
        """Close the database, after :meth:`run` has ended and the last read has returned."""
        self._readers.close()
        with suppress(sqlite3.Error):  # commits are durable in the WAL too
            checkpoint(self._connection)
        self._connection.close()
        self._mark.close()

    @property
    def epoch(self) -> str:
        return self._incarnation.id

    @property
    def data_set(self) -> str:
        return self._mark.reached.data_set

    @property
    def busy(self) -> bool:
        """Whether any thread of the store is working: see :class:`.gil_yield.YieldToThreads`."""
        return self._writer.writing or self._readers.reading

    def trouble(self) -> str | None:
        return self._writer.trouble()

    def damage(self) -> str | None:
        return self._damage.found

    def load(self) -> StoreLoad:
        writer = self._writer
        waiting = {"writes": writer.waiting, **self._readers.waiting}
        return StoreLoad(writer.group_size, writer.commit_s, waiting)

    async def _write(
        self,
        change: Callable[Concatenate[sqlite3.Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        job = Job(lambda connection, _: change(connection, *args, **kwargs))
        return cast("T", await self._writer.write(job))
