"""One SQLite file as long as it is open: its connections."""

import sqlite3
from collections.abc import Collection, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Self

from ...errors import StartError
from ..sql import meta
from ..sql.damage import Damage
from ..sql.database import SqlDatabase
from ..sql.incarnations import Incarnation
from ..sql.readers import LONG_READERS, SHORT_READERS, Readers
from ..sql.threads import InThread, in_thread
from ..sql.writer import Writer
from .commit_mark import CommitMark
from .connection import checkpoint, connect, use_to_read
from .damage import explain
from .explaining import explained
from .startup import FILE, open_database
from .transaction import write_group


class SqliteDatabase(SqlDatabase):
    """A connection that writes, and some that read."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        mark: CommitMark,
        incarnation: Incarnation,
        readers: Sequence[sqlite3.Connection],
        link_key: str,
        in_thread: InThread = in_thread,
    ) -> None:
        """:param connection: the connection that writes; ``mark`` counts its commits.
        :param readers: the connections that read; see :func:`open_readers`.
        :param link_key: the key of links to files.
        :param in_thread: runs blocking work.
        """
        self._connection = connection
        self._mark = mark
        damage = Damage()
        super().__init__(
            Writer(
                partial(write_group, connection, mark),
                lambda: mark.reached,
                damage,
                in_thread,
                (sqlite3.OperationalError,),
            ),
            Readers(readers, damage, in_thread, begin="BEGIN", explain=explain),
            incarnation,
            damage,
            link_key,
        )

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
                link_key = meta.value(connection, meta.LINK_KEY)
                readers = open_readers(path, factory)
        except StartError:
            mark.close()
            connection.close()
            raise
        return cls(connection, mark, incarnation, readers, link_key, in_thread)

    def close(self) -> None:
        """Close the database, after :meth:`run` has ended and the last read has returned."""
        self._readers.close()
        with suppress(sqlite3.Error):  # commits are durable in the WAL too
            checkpoint(self._connection)
        self._connection.close()
        self._mark.close()

    @property
    def data_set(self) -> str:
        return self._mark.reached.data_set


def open_readers(
    path: Path, factory: type[sqlite3.Connection] = sqlite3.Connection
) -> list[sqlite3.Connection]:
    """Open the connections of the readers, with all their files, because later the process may be
    out of file descriptors.

    :raises sqlite3.Error: the file cannot be read.
    """
    connections: list[sqlite3.Connection] = []
    try:
        for _ in range(SHORT_READERS + LONG_READERS):
            connections.append(connect(path, factory))
            use_to_read(connections[-1])
    except sqlite3.Error:
        for connection in connections:
            connection.close()
        raise
    return connections
