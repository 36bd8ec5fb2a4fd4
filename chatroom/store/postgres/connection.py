"""Connections: one that writes, and several that read. Knows no tables.

A connection may be used by several threads, but by one at a time.
"""

import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import TransactionStatus
from psycopg.types.numeric import Int8BinaryDumper, IntLoader
from psycopg.types.string import StrDumper, TextLoader

from ...errors import StorageAway
from ..sql.connection import Cursor
from .dialect import translated

logger = logging.getLogger(__name__)

SCHEMA: Final = "chatroom"
"""All tables are in a schema of this name."""
CONNECT_TIMEOUT_S: Final = 5
RETRY_S: Final = 0.2
"""Time after a failed connection before the next one is tried."""
_SILENT_S: Final = 10
"""Time after which a connection without any sign of the server is given up."""
_DEFAULTS: Final[Mapping[str, Any]] = {
    "application_name": "chatroom",
    "connect_timeout": CONNECT_TIMEOUT_S,
    "target_session_attrs": "read-write",
    "keepalives_idle": _SILENT_S // 2,
    "keepalives_interval": 1,
    "keepalives_count": _SILENT_S // 2,
    "tcp_user_timeout": _SILENT_S * 1000,
}

ANY: Final = (
    f"SET search_path = {SCHEMA}",
    # The server ends the connection of a network that was cut, and so releases its locks.
    f"SET tcp_keepalives_idle = {_SILENT_S // 2}",
    "SET tcp_keepalives_interval = 1",
    f"SET tcp_keepalives_count = {_SILENT_S // 2}",
)
"""The settings of every connection."""
READING: Final = (
    *ANY,
    "SET idle_in_transaction_session_timeout = '10s'",
    "SET statement_timeout = '30s'",
)
"""The settings of a connection that reads."""
WRITING: Final = (
    *ANY,
    # A process that was frozen inside a transaction keeps its locks no longer.
    "SET idle_in_transaction_session_timeout = '5s'",
    # A plan that was made while a table was empty would scan the table for ever.
    "SET enable_seqscan = off",
    "SET enable_hashjoin = off",
    "SET enable_mergejoin = off",
)
"""The settings of the connection that writes. No time ends a commit: see :mod:`.commits`."""
BETWEEN_NODES: Final = (*ANY, "SET statement_timeout = '5s'", "SET synchronous_commit = off")
"""The settings of connections between nodes, whose writes may be lost."""


def with_defaults(url: str) -> str:
    """Return the URL with our defaults for what it does not say.

    :raises psycopg.ProgrammingError: it cannot be parsed.
    """
    return make_conninfo(**{**_DEFAULTS, **conninfo_to_dict(url)})


class Connection:
    """See :class:`chatroom.store.sql.connection.Connection`.

    :ivar made: called with this when a connection was made, before anything else uses it. If it
        raises, the connection is closed.
    :ivar changes: the number of rows written so far.
    :ivar noticed: the last notice of the server.
    :ivar answered_at: when the server answered the last time, by :func:`time.monotonic`.
    """

    def __init__(self, url: str, settings: Sequence[str], *, again: bool = False) -> None:
        """Make no connection yet.

        :param url: as :func:`with_defaults` returns it.
        :param again: ``BEGIN`` makes a connection if there is none.
        """
        self._url = url
        self._settings = settings
        self._again = again
        self._made: psycopg.Connection[Any] | None = None
        self.made: Callable[[Connection], object] = lambda _: None
        self._retry_at = 0.0
        self._expired = False
        self.changes = 0
        self.noticed: str | None = None
        self.answered_at = 0.0

    @property
    def in_transaction(self) -> bool:
        made = self._made
        return made is not None and made.info.transaction_status in (
            TransactionStatus.INTRANS,
            TransactionStatus.INERROR,
        )

    @property
    def lost(self) -> bool:
        """Whether there is no connection."""
        return self._made is None or self._made.closed

    def connect(self) -> psycopg.Connection[Any]:
        """Return the connection; make one if there is none.

        :raises psycopg.Error: it cannot be made.
        :raises StorageAway: it is lost again.
        """
        if self._made is not None and not self._made.closed:
            return self._made
        made = psycopg.connect(self._url, autocommit=True)
        try:
            self.noticed = None
            made.add_notice_handler(self._note)
            made.prepare_threshold = 1
            made.prepared_max = 2000
            made.adapters.register_dumper(str, StrDumper)  # typed, unlike psycopg's own default
            made.adapters.register_dumper(int, Int8BinaryDumper)
            made.adapters.register_loader("numeric", IntLoader)  # sums of whole numbers
            made.adapters.register_loader("json", TextLoader)
            for setting in self._settings:
                made.execute(setting.encode())
        except BaseException:
            made.close()
            raise
        self._made = made
        try:
            self.made(self)
        except BaseException:
            self.close()
            raise
        # `made` has made another one if this one has expired since.
        return self.connect()

    def execute(self, sql: str, parameters: Mapping[str, Any] | Sequence[Any] = (), /) -> Cursor:
        """:raises StorageAway: the server cannot be reached, or the connection to it is lost."""
        statement = translated(sql)
        made = self._usable(sql)
        try:
            cursor = made.execute(statement.text, statement.values(parameters))
        except psycopg.Error as error:
            raise self._explained(error) from error
        self.answered_at = time.monotonic()
        if statement.writes:
            self.changes += cursor.rowcount
        return cursor

    def executemany(
        self, sql: str, parameters: Iterable[Mapping[str, Any] | Sequence[Any]], /
    ) -> Cursor:
        """:raises StorageAway: as :meth:`execute`."""
        statement = translated(sql)
        cursor = self._usable(sql).cursor()
        try:
            cursor.executemany(statement.text, [*map(statement.values, parameters)])
        except psycopg.Error as error:
            raise self._explained(error) from error
        self.answered_at = time.monotonic()
        if statement.writes:
            self.changes += max(cursor.rowcount, 0)
        return cursor

    def run(self, statement: str) -> None:
        """Execute a statement of PostgreSQL without parameters."""
        self.connect().execute(statement.encode())

    def expire(self) -> None:
        """Let the next ``BEGIN`` make another connection. Any thread may call it."""
        self._expired = True

    def close(self) -> None:
        if self._made is not None:
            self._made.close()
            self._made = None

    def _usable(self, sql: str) -> psycopg.Connection[Any]:
        if self._expired and sql.startswith("BEGIN"):
            self._expired = False
            self.close()
        made = self._made
        if made is not None and not made.closed:
            return made
        if not (self._again and sql.startswith("BEGIN")) or time.monotonic() < self._retry_at:
            raise StorageAway("the database cannot be reached")
        try:
            return self.connect()
        except psycopg.Error as error:
            self._retry_at = time.monotonic() + RETRY_S
            raise StorageAway("the database cannot be reached") from error

    def _explained(self, error: psycopg.Error) -> Exception:
        """Return the error to raise: of a lost connection it is :class:`StorageAway`."""
        if isinstance(error, psycopg.errors.ReadOnlySqlTransaction):
            self.close()  # the server has become a standby
        if self.lost:
            return StorageAway("the connection to the database is lost")
        return error

    def _note(self, notice: psycopg.errors.Diagnostic) -> None:
        self.noticed = notice.message_primary or "a notice"
        logger.warning("the database reports: %s", self.noticed)
