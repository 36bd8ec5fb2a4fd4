"""The schema: its versions, a migration for each, and the check that a file has a known one.

Rows refer to rooms and users by name, since names never change and are never reused. Views compute
derived columns, so that queries need not. Statements use the columns of :mod:`.rows`.
"""

import sqlite3
from collections.abc import Callable
from typing import Final

from ...errors import StartError
from . import m001_first

APPLICATION_ID: Final = 0x63686174
"""SQLite's ``application_id`` of our files ("chat" in ASCII). A file with another one is never
migrated."""

MIGRATIONS: Final[tuple[Callable[[sqlite3.Connection], None], ...]] = (m001_first.upgrade,)
"""The first one creates version 1, and each other one makes the next version of the last one. They
run inside a transaction."""


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


def migrate(connection: sqlite3.Connection) -> None:
    """Create the tables of a new database, or migrate those of an older version.

    Each migration is a transaction with the number of its version. If it fails or is interrupted,
    the database has the version before, from which the next start continues.
    """
    version = _version(connection) if _is_ours(connection) else 0
    if version == 0:
        # Before the first table, because later it would take a VACUUM.
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    for number, upgrade in enumerate(MIGRATIONS[version:], start=version + 1):
        connection.execute("BEGIN IMMEDIATE")
        try:
            upgrade(connection)
            _set_version(connection, number)
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


def _is_ours(connection: sqlite3.Connection) -> bool:
    """Return whether the database is neither new nor one of another program."""
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    return bool(application == APPLICATION_ID and tables)


def _version(connection: sqlite3.Connection) -> int:
    # SQLite's user_version is the number of commits: see :mod:`.commit_mark`.
    row = connection.execute("SELECT value FROM meta WHERE name = 'schema'").fetchone()
    if row is None:
        raise StartError("its schema has no version, so it is damaged; restore a backup")
    return int(row[0])


def _set_version(connection: sqlite3.Connection, version: int) -> None:
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(
        "INSERT OR REPLACE INTO meta (name, value) VALUES ('schema', :version)",
        {"version": str(version)},
    )


def data_set_of(connection: sqlite3.Connection) -> str:
    """Return the random id of the data set.

    :raises StartError: the database has none.
    """
    row = connection.execute("SELECT value FROM meta WHERE name = 'data_set'").fetchone()
    if row is None:
        raise StartError("it has no data set id, so it is damaged; restore a backup")
    return str(row[0])


def set_data_set(connection: sqlite3.Connection, data_set: str) -> None:
    connection.execute(
        "UPDATE meta SET value = :data_set WHERE name = 'data_set'", {"data_set": data_set}
    )
