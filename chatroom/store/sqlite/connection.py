"""Connections: the one that writes, and those that read. Knows no tables.

The writer's connection is the only one that changes or checkpoints the file. Connections go from
thread to thread, but each is in one thread at a time.
"""

import sqlite3
from pathlib import Path
from typing import Final

from ...errors import StartError

_PRIMARY: Final = 0xFF
"""The part of an extended error code that says what kind it is."""

BROKEN: Final = frozenset({sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOTADB})
"""The kinds of errors of a write after which the process must end. A damaged page is none of them:
nothing was written then, and other pages can be.
"""


def primary_code(error: sqlite3.Error) -> int:
    # The module's own errors, like that for a closed connection, have no code.
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & _PRIMARY


def connect(path: Path) -> sqlite3.Connection:
    """Does not touch the file yet: it may turn out not to be ours, and then stays as it is."""
    return sqlite3.connect(path, timeout=5, check_same_thread=False, isolation_level=None)


def use_to_read(connection: sqlite3.Connection) -> None:
    """Make it one that reads, and open all its files.

    :raises sqlite3.Error: the file cannot be read.
    """
    connection.execute("PRAGMA query_only = 1")
    connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()  # opens the WAL


def connect_read_only(path: Path) -> sqlite3.Connection:
    """Reads the log without ever putting it into the file, also when it is the last to close."""
    uri = f"{path.absolute().as_uri()}?mode=ro"
    return sqlite3.connect(uri, uri=True, timeout=5, check_same_thread=False, isolation_level=None)


def use_wal(connection: sqlite3.Connection) -> None:
    """Make it the one that writes, and put what a dead process left in the WAL into the file.

    A row that is found after a kill may never have been synced; a ``duplicate: true`` would
    acknowledge it. The checkpoint syncs it before anybody can ask.

    :raises sqlite3.Error:
    :raises StartError: another process uses the file.
    """
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA cache_size = -65536")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA journal_size_limit = 67108864")
    # SQLite (3.40) holds on to a transaction after an ALTER TABLE, until the next statement.
    connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if checkpoint(connection):
        raise StartError("another process is using it; end that one first")


def checkpoint(connection: sqlite3.Connection) -> bool:
    """Whether it was kept from finishing by another connection."""
    busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return bool(busy)
