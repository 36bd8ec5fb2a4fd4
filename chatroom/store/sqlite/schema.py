"""The schema: its versions, a migration for each, and the check that a file has a known one.

Rows refer to rooms and users by name, since names never change and are never reused. Views compute
derived columns, so that queries need not. Statements use the columns of :mod:`.rows`.
"""

import sqlite3
from collections.abc import Callable
from typing import Final

from ...errors import StartError
from ..sql import meta
from . import m001_first

APPLICATION_ID: Final = 0x63686174
"""SQLite's ``application_id`` of our files ("chat" in ASCII). A file with another one is never
migrated."""

MIGRATIONS: Final[tuple[Callable[[sqlite3.Connection], None], ...]] = (m001_first.upgrade,)
"""The first one creates version 1, and each other one makes the next version of the last one. They
run inside a transaction."""

_SET: Final = "chatroom"
"""The name of our set in sqlite-utils' table of applied migrations."""


def check_ours(connection: sqlite3.Connection) -> None:
    """Check that the database is one of this version or an older one. Changes nothing.

    :raises StartError: the file is one of another program, or of a newer version of this one.
    """
    if not _is_ours(connection):
        raise StartError(
            "it is a database of another program, or its header is damaged; choose another data"
            " directory, or restore a backup"
        )
    if _version(connection) > len(MIGRATIONS):
        raise StartError("it was written by a newer version of chatroom; start that version")


def older_version(connection: sqlite3.Connection) -> int | None:
    """Return the version of a database that is to be migrated; None if it has the current one."""
    version = _version(connection)
    return version if version < len(MIGRATIONS) else None


def migrate(connection: sqlite3.Connection) -> None:
    """Create the tables of a new database, or migrate those of an older version.

    Each migration is a transaction with the record of it. If it fails or is interrupted, the
    database has the version before, from which the next start continues.
    """
    version = _version(connection) if _is_ours(connection) else 0
    if version == 0:
        # Before the first table, because later it would take a VACUUM.
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    if version < len(MIGRATIONS):
        _apply_pending(connection)


def _apply_pending(connection: sqlite3.Connection) -> None:
    # A lazy import: it takes 20 ms, and 130 ms where numpy is installed. Few starts need it.
    from sqlite_utils import Database
    from sqlite_utils.migrations import Migrations

    migrations = Migrations(_SET)

    def add(number: int, upgrade: Callable[[sqlite3.Connection], None]) -> None:
        @migrations(name=f"version {number}")
        def run(database: Database) -> None:
            upgrade(database.conn)

    for number, upgrade in enumerate(MIGRATIONS, start=1):
        add(number, upgrade)
    migrations.apply(Database(connection, execute_plugins=False))


def _is_ours(connection: sqlite3.Connection) -> bool:
    """Return whether the database is neither new nor one of another program."""
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    return bool(application == APPLICATION_ID and tables)


def _version(connection: sqlite3.Connection) -> int:
    """Return the number of migrations that were applied to a database of ours."""
    table = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = '_sqlite_migrations'"
    count = "SELECT count(*) FROM _sqlite_migrations WHERE migration_set = :set"
    version = 0
    if connection.execute(table).fetchone():
        (version,) = connection.execute(count, {"set": _SET}).fetchone()
    if not version:
        raise StartError("its schema has no version, so it is damaged; restore a backup")
    return int(version)


def data_set_of(connection: sqlite3.Connection) -> str:
    """Return the random id of the data set.

    :raises StartError: the database has none.
    """
    return meta.value(connection, meta.DATA_SET)


def set_data_set(connection: sqlite3.Connection, data_set: str) -> None:
    """Begin a new data set, which was moved nowhere."""
    connection.execute("DELETE FROM meta WHERE name = 'moved_to'")
    connection.execute(
        "UPDATE meta SET value = :data_set WHERE name = 'data_set'", {"data_set": data_set}
    )


def moved_to(connection: sqlite3.Connection) -> str | None:
    """Return the URL of the PostgreSQL database to which the data set was moved, if it was."""
    row = connection.execute("SELECT value FROM meta WHERE name = 'moved_to'").fetchone()
    return None if row is None else str(row[0])


def set_moved_to(connection: sqlite3.Connection, url: str) -> None:
    connection.execute(
        "INSERT OR REPLACE INTO meta (name, value) VALUES ('moved_to', :url)", {"url": url}
    )


def check_not_moved(connection: sqlite3.Connection) -> None:
    """:raises StartError: the data set was moved to PostgreSQL."""
    url = moved_to(connection)
    if url is not None:
        raise StartError(
            f"it was moved to {url}: use it there, with --database. If the move was interrupted,"
            " run chatroom move again. To return to this file without what was written since:"
            " chatroom accept-loss"
        )
