"""Connections: the one that writes, and those that read. Knows no tables.

The writer's connection is the only one that changes or checkpoints the file. Connections go from
thread to thread, but each is in one thread at a time.
"""

import sqlite3
from pathlib import Path


def connect(path: Path) -> sqlite3.Connection:
    """Does not touch the file yet: it may turn out not to be ours, and then stays as it is."""
    return sqlite3.connect(path, timeout=5, check_same_thread=False, isolation_level=None)


def connect_reader(path: Path) -> sqlite3.Connection:
    connection = connect(path)
    connection.execute("PRAGMA query_only = 1")
    return connection


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
