"""The schema: its migrations, one module each, and the check that a file has it.

Rows refer to rooms and users by name, since names never change and are never reused. Views compute
derived columns, so that queries need not. Statements use the columns of :mod:`.rows`.
"""

import sqlite3
from collections.abc import Callable
from typing import Final

from ...errors import StartError
from . import (
    m001_first,
    m002_incarnations,
    m003_accounts,
    m004_quotas,
    m005_public_rooms,
    m006_consumers,
    m007_versions,
    m008_sanctions,
    m009_room_settings,
    m010_reactions,
    m011_pins,
    m012_content,
    m013_words,
    m014_search,
    m015_profiles,
    m016_server_roles,
    m017_audit,
    m018_handovers,
    m019_push,
    m020_files,
    m021_threads,
    m022_entered,
    m023_avatars,
    m024_sent_spans,
)

APPLICATION_ID: Final = 0x63686174
"""SQLite's ``application_id`` of our files ("chat" in ASCII). A file with another one is never
migrated."""

MIGRATIONS: Final[tuple[tuple[str, Callable[[sqlite3.Connection], None]], ...]] = (
    ("m001_first", m001_first.upgrade),
    ("m002_incarnations", m002_incarnations.upgrade),
    ("m003_accounts", m003_accounts.upgrade),
    ("m004_quotas", m004_quotas.upgrade),
    ("m005_public_rooms", m005_public_rooms.upgrade),
    ("m006_consumers", m006_consumers.upgrade),
    ("m007_versions", m007_versions.upgrade),
    ("m008_sanctions", m008_sanctions.upgrade),
    ("m009_room_settings", m009_room_settings.upgrade),
    ("m010_reactions", m010_reactions.upgrade),
    ("m011_pins", m011_pins.upgrade),
    ("m012_content", m012_content.upgrade),
    ("m013_words", m013_words.upgrade),
    ("m014_search", m014_search.upgrade),
    ("m015_profiles", m015_profiles.upgrade),
    ("m016_server_roles", m016_server_roles.upgrade),
    ("m017_audit", m017_audit.upgrade),
    ("m018_handovers", m018_handovers.upgrade),
    ("m019_push", m019_push.upgrade),
    ("m020_files", m020_files.upgrade),
    ("m021_threads", m021_threads.upgrade),
    ("m022_entered", m022_entered.upgrade),
    ("m023_avatars", m023_avatars.upgrade),
    ("m024_sent_spans", m024_sent_spans.upgrade),
)
"""All migrations, in order. A database records the names of those that were applied to it."""

_SET: Final = "chatroom"
"""The name of the set of migrations in sqlite-utils' table of applied migrations."""


def check_ours(connection: sqlite3.Connection) -> None:
    """Check that the database is one of this version or an older one. Changes nothing.

    :raises StartError: the file is one of another program, or of a newer version of this one.
    """
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if application != APPLICATION_ID or not tables:
        raise StartError(
            "it is a database of another program, or its header is damaged; choose another data"
            " directory, or restore a backup"
        )
    if _applied(connection) - {name for name, _ in MIGRATIONS}:
        raise StartError("it was written by a newer version of chatroom; start that version")


def migrate(connection: sqlite3.Connection) -> None:
    """Create the tables of a new database, or migrate those of an older version."""
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    if application != APPLICATION_ID:  # else each start would make a needless commit
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    if {name for name, _ in MIGRATIONS} - _applied(connection):
        _apply_pending(connection)


def _applied(connection: sqlite3.Connection) -> set[str]:
    """Return the names of the applied migrations."""
    tables = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = '_sqlite_migrations'"
    if connection.execute(tables).fetchone() is None:
        return set()
    names = "SELECT name FROM _sqlite_migrations WHERE migration_set = :set"
    return {name for (name,) in connection.execute(names, {"set": _SET})}


def _apply_pending(connection: sqlite3.Connection) -> None:
    # A lazy import: it takes 20 ms, and 130 ms where numpy is installed. Few starts need it.
    from sqlite_utils import Database
    from sqlite_utils.migrations import Migrations

    migrations = Migrations(_SET)

    def add(name: str, upgrade: Callable[[sqlite3.Connection], None]) -> None:
        @migrations(name=name)
        def run(database: Database) -> None:
            upgrade(database.conn)

    for name, upgrade in MIGRATIONS:
        add(name, upgrade)
    migrations.apply(Database(connection, execute_plugins=False))


def data_set_of(connection: sqlite3.Connection) -> str:
    """Return the random id of the data set.

    :raises StartError: the database has none.
    """
    # The first version called it "epoch".
    row = connection.execute(
        "SELECT value FROM meta WHERE name IN ('data_set', 'epoch')"
    ).fetchone()
    if row is None:
        raise StartError("it has no data set id, so it is damaged; restore a backup")
    return str(row[0])


def set_data_set(connection: sqlite3.Connection, data_set: str) -> None:
    connection.execute(
        "UPDATE meta SET value = :data_set WHERE name = 'data_set'", {"data_set": data_set}
    )
