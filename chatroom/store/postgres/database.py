"""One PostgreSQL database as long as it is used."""

import threading
import time
from collections.abc import Collection
from typing import Final, Self

import psycopg
import trio

from ...errors import StorageAway
from ..sql.damage import Damage
from ..sql.database import SqlDatabase
from ..sql.incarnations import Incarnation
from ..sql.readers import LONG_READERS, SHORT_READERS, Readers
from ..sql.threads import InThread, in_thread
from ..sql.writer import GRACE_S, HANGING_S, Writer
from . import incarnation
from .commits import Commits
from .connection import Connection
from .heartbeat import BEAT_S, Heartbeat
from .notify_bus import NotifyBus
from .startup import Opened, open_database, take

MAX_SILENCE_S: Final = 3.0
"""Time without an answer after which :meth:`PostgresDatabase.trouble` reports it."""
REFUSE_S: Final = 0.1
"""How often writes are refused that wait while the server is away."""
BEGIN: Final = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"


class PostgresDatabase(SqlDatabase):
    """A connection that writes, some that read, and three between nodes."""

    def __init__(self, opened: Opened, in_thread: InThread = in_thread) -> None:
        self._connection = opened.writing
        self._reading = opened.reading
        self._data_set = opened.data_set
        self._latest = opened.incarnation
        self._comparing = threading.Lock()
        self._token: trio.lowlevel.TrioToken | None = None
        for each in (opened.listening, *opened.reading):
            each.made = self._follow_run
        self._heartbeat = Heartbeat(opened.beating, opened.node, in_thread)
        self._heartbeat.beat()
        self._commits = Commits(
            opened.writing,
            take,
            opened.node,
            opened.incarnation,
            self._restarted,
            lambda: self.others,
        )
        self._bus = NotifyBus(
            opened.telling, opened.listening, opened.node, lambda: self.others, in_thread
        )
        damage = Damage()
        super().__init__(
            Writer(
                self._commits.write_group,
                lambda: self._commits.last,
                damage,
                in_thread,
                (psycopg.OperationalError,),
                lambda: time.monotonic() - opened.writing.answered_at < HANGING_S,
            ),
            Readers(opened.reading, damage, in_thread, begin=BEGIN, explain=lambda error: error),
            opened.incarnation,
            damage,
            opened.link_key,
        )
        self.wall_ms = self._heartbeat.time_ms

    @classmethod
    def open(cls, url: str, *, init: bool = True, in_thread: InThread = in_thread) -> Self:
        """Open the database: see :func:`.startup.open_database`.

        :raises StartError: the database cannot be used.
        """
        opened = open_database(url, SHORT_READERS + LONG_READERS, init=init)
        return cls(opened, in_thread)

    def _follow_run(self, connection: Connection) -> None:
        """Follow the run of PostgreSQL to which a connection was made. Runs in the thread that uses
        it.

        :raises psycopg.Error: its incarnation cannot be found.
        :raises StorageAway: likewise.
        """
        self._restarted(incarnation.current(connection))

    def _restarted(self, now: Incarnation) -> None:
        """Let no read use a server that may be the primary no more, and begin the epoch in the loop
        before it has what a connection of the new run returns. Any thread may call it."""
        with self._comparing:
            if now.number <= self._latest.number:  # a thread that was late has an older one
                return
            self._latest = now
        for connection in self._reading:
            connection.expire()
        if self._token is not None:
            self._token.run_sync_soon(self._begin_epoch, now)

    def _begin_epoch(self, now: Incarnation) -> None:
        if now.number > self._incarnation.number:
            self._incarnation = now
            self._told_epoch()

    @property
    def leads(self) -> bool:
        return self._heartbeat.leads

    @property
    def node(self) -> int:
        return self._heartbeat.node

    @property
    def others(self) -> Collection[int]:
        return self._heartbeat.others

    @property
    def bus(self) -> NotifyBus:
        return self._bus

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        self._token = trio.lowlevel.current_trio_token()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._refuse_while_away)
            nursery.start_soon(self._heartbeat.run)
            nursery.start_soon(self._bus.run)
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

    def trouble(self) -> str | None:
        if time.monotonic() - self._heartbeat.answered_at > BEAT_S + MAX_SILENCE_S:
            return "the database does not answer"
        return super().trouble()

    def close(self) -> None:
        """Close the connections, after :meth:`run` has ended and the last read has returned."""
        self._readers.close()
        self._connection.close()
        self._bus.close()
        self._heartbeat.end()

    @property
    def data_set(self) -> str:
        return self._data_set
