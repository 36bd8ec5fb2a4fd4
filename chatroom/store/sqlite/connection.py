"""Connections: the one that writes, and those that read. Knows no tables.

The writer's connection is the only one that changes or checkpoints the file. Connections go from
thread to thread, but each is in one thread at a time.
"""

import sqlite3
from pathlib import Path
from typing import Final

_PRIMARY: Final = 0xFF
"""The part of an extended error code that says what kind it is."""

BUSY_TIMEOUT_S: Final = 5
"""How long a connection waits for the lock of another process."""

BROKEN: Final = frozenset({sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOTADB})
"""The kinds of errors of a write after which the process must end. A damaged page is none of them:
nothing was written then, and other pages can be.
"""


def primary_code(error: sqlite3.Error) -> int:
    # The module's own errors, like that for a closed connection, have no code.
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & _PRIMARY


def connect(
    path: Path, factory: type[sqlite3.Connection] = sqlite3.Connection
) -> sqlite3.Connection:
    """Does not touch the file yet: it may turn out not to be ours, and then stays as it is."""
    return sqlite3.connect(
        path,
        timeout=BUSY_TIMEOUT_S,
        check_same_thread=False,
        isolation_level=None,
        factory=factory,
    )


def use_to_read(connection: sqlite3.Connection) -> None:
    """Make it one that reads, and open all its files.

    :raises sqlite3.Error: the file cannot be read.
    """
    connection.execute("PRAGMA query_only = 1")
    connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()  # opens the WAL


def connect_read_only(path: Path) -> sqlite3.Connection:
    """Reads the log without ever putting it into the file, also when it is the last to close."""
    uri = f"{path.absolute().as_uri()}?mode=ro"
    return sqlite3.connect(
        uri, uri=True, timeout=BUSY_TIMEOUT_S, check_same_thread=False, isolation_level=None
    )


def use_wal(connection: sqlite3.Connection) -> None:
    """Make it the one that writes. The WAL that a dead process left is not synced by this.

    :raises sqlite3.Error:
    """
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA cache_size = -65536")
    connection.execute("PRAGMA secure_delete = ON")  # not every SQLite is built so
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA journal_size_limit = 67108864")
    # SQLite (3.40) holds on to a transaction after an ALTER TABLE, until the next statement.
    connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()


def checkpoint(connection: sqlite3.Connection) -> bool:
    """Whether it was kept from finishing by another connection, for which it does not wait."""
    connection.execute("PRAGMA busy_timeout = 0")
    try:
        busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    finally:
        connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_S * 1000}")
    return bool(busy)
