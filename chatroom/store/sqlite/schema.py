"""The schema: the migrations that make it, one module each, and whether a file has it.

Rooms and people are referred to by name: names are never changed nor given again. Views say how
rows are to be read, so that reads need not know. Statements take the columns of :mod:`.rows`.
"""

import sqlite3
from collections.abc import Callable
from typing import Final

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from ...errors import StartError
from . import (
    m001_first,
    m002_incarnations,
    m003_accounts,
    m004_quotas,
    m005_public_rooms,
)

APPLICATION_ID: Final = 0x63686174
"""Marks the file as ours ("chat"), so that no other program's data is ever migrated."""

MIGRATIONS: Final[tuple[tuple[str, Callable[[sqlite3.Connection], None]], ...]] = (
    ("m001_first", m001_first.upgrade),
    ("m002_incarnations", m002_incarnations.upgrade),
    ("m003_accounts", m003_accounts.upgrade),
    ("m004_quotas", m004_quotas.upgrade),
    ("m005_public_rooms", m005_public_rooms.upgrade),
)
"""In order. A database knows by these names which of them it has had."""


def check_ours(connection: sqlite3.Connection) -> None:
    """Changes nothing.

    :raises StartError: for a file of another program, or of a later version of this one.
    """
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if application != APPLICATION_ID or not tables:
        raise StartError(
            "it is a database of another program, or its header is damaged; choose another data"
            " directory, or restore a backup"
        )
    database = Database(connection, execute_plugins=False)
    known = {name for name, _ in MIGRATIONS}
    if {migration.name for migration in _migrations().applied(database)} - known:
        raise StartError("a newer version of chatroom has written it; start that version")


def migrate(connection: sqlite3.Connection) -> None:
    """Make the tables of a new database, or bring those of an older version up to date."""
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    if application != APPLICATION_ID:  # a commit, and at every start it would be for nothing
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    _migrations().apply(Database(connection, execute_plugins=False))


def _migrations() -> Migrations:
    migrations = Migrations("chatroom")
    for name, upgrade in MIGRATIONS:
        _add(migrations, name, upgrade)
    return migrations


def _add(migrations: Migrations, name: str, upgrade: Callable[[sqlite3.Connection], None]) -> None:
    @migrations(name=name)
    def run(database: Database) -> None:
        upgrade(database.conn)


def data_set_of(connection: sqlite3.Connection) -> str:
    # In a database of the first version it is called its epoch.
    row = connection.execute(
        "SELECT value FROM meta WHERE name IN ('data_set', 'epoch')"
    ).fetchone()
    if row is None:
        raise StartError("it does not say which data set it is, so it is damaged; restore a backup")
    return str(row[0])


def set_data_set(connection: sqlite3.Connection, data_set: str) -> None:
    connection.execute(
        "UPDATE meta SET value = :data_set WHERE name = 'data_set'", {"data_set": data_set}
    )
