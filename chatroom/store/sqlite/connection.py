"""Connections: one that writes, and several that read. Knows no tables.

Only the writer's connection changes or checkpoints the file: SQLite before 3.51.3 can lose commits
if one connection resets the WAL while another one checkpoints it (sqlite.org/wal.html#walresetbug).
A connection may be used by several threads, but by one at a time.
"""

import sqlite3
from pathlib import Path
from typing import Final

_PRIMARY_MASK: Final = 0xFF
"""The bits of an extended error code that are the primary code."""

BUSY_TIMEOUT_S: Final = 5
"""How long a connection waits for the lock of another process."""

FATAL_CODES: Final = frozenset({sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOTADB})
"""Primary codes of write errors after which the process must end. A damaged page
(``SQLITE_CORRUPT``) is not fatal: nothing was written, and other pages can be.
"""


def primary_code(error: sqlite3.Error) -> int:
    """Return the primary error code."""
    # Errors of the sqlite3 module itself, such as that for a closed connection, have no code.
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & _PRIMARY_MASK


def connect(
    path: Path, factory: type[sqlite3.Connection] = sqlite3.Connection
) -> sqlite3.Connection:
    """Open a connection. It does not change the file, which may turn out not to be ours."""
    return sqlite3.connect(
        path,
        timeout=BUSY_TIMEOUT_S,
        check_same_thread=False,
        isolation_level=None,
        factory=factory,
    )


def use_to_read(connection: sqlite3.Connection) -> None:
    """Make the connection read-only, and open all its files.

    :raises sqlite3.Error: the file cannot be read.
    """
    connection.execute("PRAGMA query_only = 1")
    connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()  # opens the WAL


def connect_read_only(path: Path) -> sqlite3.Connection:
    """Open a connection that reads the WAL but never checkpoints it, even if it closes last."""
    uri = f"{path.absolute().as_uri()}?mode=ro"
    return sqlite3.connect(
        uri, uri=True, timeout=BUSY_TIMEOUT_S, check_same_thread=False, isolation_level=None
    )


def use_wal(connection: sqlite3.Connection) -> None:
    """Configure the connection that writes. This does not sync a WAL left by a killed process.

    :raises sqlite3.Error: the database cannot be used.
    """
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA cache_size = -65536")
    connection.execute("PRAGMA secure_delete = ON")  # not the default of every build of SQLite
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA journal_size_limit = 67108864")


def checkpoint(connection: sqlite3.Connection) -> bool:
    """Checkpoint the WAL and truncate it. Return True if another connection prevented it from
    finishing; it does not wait for that."""
    connection.execute("PRAGMA busy_timeout = 0")
    try:
        busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    finally:
        connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_S * 1000}")
    return bool(busy)
