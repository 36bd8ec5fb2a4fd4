"""One PostgreSQL database as long as it is used."""

import math
from typing import Final, Self

import psycopg
import trio

from ...errors import StorageAway
from ..sql.connection import Connection as SqlConnection
from ..sql.damage import Damage
from ..sql.database import SqlDatabase
from ..sql.incarnations import Incarnation
from ..sql.readers import LONG_READERS, SHORT_READERS, Readers
from ..sql.threads import InThread, in_thread
from ..sql.writer import GRACE_S, Writer
from .commits import Commits
from .connection import Connection
from .startup import open_database, take

PROBE_S: Final = 1.0
"""Time between two reads that find out whether the server answers."""
MAX_SILENCE_S: Final = 3.0
"""Time without an answer after which :meth:`PostgresDatabase.trouble` reports it."""
REFUSE_S: Final = 0.1
"""How often writes are refused that wait while the server is away."""
BEGIN: Final = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"


class PostgresDatabase(SqlDatabase):
    """A connection that writes, and some that read."""

    def __init__(
        self,
        connection: Connection,
        incarnation: Incarnation,
        readers: list[Connection],
        data_set: str,
        in_thread: InThread = in_thread,
    ) -> None:
        self._connection = connection
        self._commits = Commits(connection, take, incarnation.number)
        self._data_set = data_set
        self._answered_at = math.inf
        """The time of the last answer to a probe."""
        damage = Damage()
        super().__init__(
            Writer(self._commits.write_group, damage, in_thread, (psycopg.OperationalError,)),
            Readers(readers, damage, in_thread, begin=BEGIN, explain=lambda error: error),
            incarnation,
            damage,
        )

    @classmethod
    def open(cls, url: str, *, init: bool = True, in_thread: InThread = in_thread) -> Self:
        """Open the database: see :func:`.startup.open_database`.

        :raises StartError: the database cannot be used.
        """
        opened = open_database(url, SHORT_READERS + LONG_READERS, init=init)
        return cls(*opened, in_thread=in_thread)

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._refuse_while_away)
            nursery.start_soon(self._probe)
            await super().run(task_status=task_status)

    async def _refuse_while_away(self) -> None:
        """Refuse the writes that wait while the server cannot be reached. That which is under way
        waits, since its outcome is unknown."""
        try:
            while True:
                await trio.sleep(REFUSE_S)
                if self._commits.away_since is not None:
                    self._writer.refuse(lambda: StorageAway("the database cannot be reached"))
        finally:
            self._commits.stop(GRACE_S)

    async def _probe(self) -> None:
        while True:
            self._answered_at = trio.current_time()
            await trio.sleep(PROBE_S)
            while True:
                try:
                    await self._readers.read(_probe)
                except StorageAway:
                    await trio.sleep(PROBE_S)
                else:
                    break

    def trouble(self) -> str | None:
        if trio.current_time() - self._answered_at > PROBE_S + MAX_SILENCE_S:
            return "the database does not answer"
        return super().trouble()

    def close(self) -> None:
        """Close the connections, after :meth:`run` has ended and the last read has returned."""
        self._readers.close()
        self._connection.close()

    @property
    def data_set(self) -> str:
        return self._data_set


def _probe(connection: SqlConnection) -> None:
    connection.execute("SELECT 1").fetchone()
