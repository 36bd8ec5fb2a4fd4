"""Opening the database at the start: it must be fit for use."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import attrs
import psycopg

from ...errors import StartError, StorageAway
from ..sql import meta
from ..sql.incarnations import Incarnation
from . import incarnation, m001_first
from .connection import BETWEEN_NODES, READING, SCHEMA, WRITING, Connection, with_defaults

logger = logging.getLogger(__name__)

MIN_VERSION: Final = 15
NODES_KEPT: Final = "1 day"
"""Time after which the row of a node is deleted that was not removed by the node itself."""
MIGRATIONS: Final = (m001_first.upgrade,)
"""The first one creates version 1, and each other one makes the next version of the last one."""


@attrs.frozen
class Opened:
    """:ivar writing: the connection that writes.
    :ivar beating: the connection of the heartbeat.
    :ivar telling: the one that sends messages to other nodes.
    :ivar listening: the one that receives theirs.
    :ivar reading: the connections that read.
    :ivar node: the number of this node.
    :ivar data_set: the id of the data set.
    :ivar link_key: the key of links to files.
    """

    writing: Connection
    beating: Connection
    telling: Connection
    listening: Connection
    reading: list[Connection]
    node: int
    incarnation: Incarnation
    data_set: str
    link_key: str


def open_database(url: str, readers: int, *, init: bool = True) -> Opened:
    """Open the database, create or migrate the tables, and add this node.

    :param readers: how many connections to make that read.
    :param init: create the tables if there are none.
    :raises StartError: the database cannot be used; the message says why, and what to do.
    """
    with explained():
        full = with_defaults(url)
        connection = Connection(full, WRITING)
        try:
            made = connection.connect()
            check(made)
            _warn_if_unsafe(made)
            _migrate(connection, init=init)
            node = _add_node(connection)
            data_set = data_set_of(connection)
            key = meta.value(connection, meta.LINK_KEY)
            beating, telling, listening = (Connection(full, BETWEEN_NODES) for _ in range(3))
            reading = [Connection(full, READING, again=True) for _ in range(readers)]
            for each in (beating, telling, listening, *reading):
                each.connect()
            # After all of them, so that they are of its run.
            current = incarnation.current(connection)
        except BaseException:
            connection.close()
            raise
    return Opened(connection, beating, telling, listening, reading, node, current, data_set, key)


def take(connection: Connection) -> Incarnation:
    """Make the connection that writes. Return the incarnation of PostgreSQL's current run.

    :raises psycopg.Error: it cannot be made.
    :raises StorageAway: the connection is lost.
    """
    connection.connect()
    try:
        return incarnation.current(connection)
    except BaseException:
        connection.close()
        raise


@contextmanager
def explained() -> Iterator[None]:
    """Turn errors inside the block into messages for operators.

    :raises StartError:
    """
    try:
        yield
    except StartError as error:
        raise StartError(f"the database cannot be used: {error}") from error
    except (psycopg.Error, StorageAway) as error:
        raise StartError(f"the database cannot be used: {str(error).strip()}") from error


# ---- checks


def check(made: psycopg.Connection) -> None:
    """:raises StartError: the server, or how it is reached, would lose or change data."""
    version = made.info.server_version // 10_000
    if version < MIN_VERSION:
        raise StartError(f"it is PostgreSQL {version}; {MIN_VERSION} or later is needed")
    row = made.execute(
        """
        SELECT pg_backend_pid(), pg_is_in_recovery(), current_setting('server_encoding'),
               current_setting('synchronous_commit')
        """
    ).fetchone()
    if row is None:
        raise StartError("it does not answer")
    process, standby, encoding, synchronous = row
    if process != made.info.backend_pid:
        raise StartError("there is a connection pooler in between; connect to PostgreSQL itself")
    if standby:
        raise StartError("it is a standby; connect to the primary")
    if encoding != "UTF8":
        raise StartError(f"its encoding is {encoding}; create one with the encoding UTF8")
    if synchronous == "off":
        raise StartError("synchronous_commit is off, which loses acknowledged messages; set it on")


def _warn_if_unsafe(made: psycopg.Connection) -> None:
    row = made.execute("SELECT current_setting('fsync'), current_setting('full_page_writes')")
    if "off" in (row.fetchone() or ()):
        logger.warning("fsync or full_page_writes is off: a power cut may destroy the database")


def _add_node(connection: Connection) -> int:
    """Add a row for this node. Return its number."""
    connection.execute(f"DELETE FROM nodes WHERE seen < now() - interval '{NODES_KEPT}'")
    (node,) = connection.execute("INSERT INTO nodes DEFAULT VALUES RETURNING number").fetchone()
    return int(node)


# ---- the schema


def is_empty(connection: Connection) -> bool:
    """Return whether the database has no tables of ours."""
    (there,) = connection.execute("SELECT to_regclass('migrations') IS NOT NULL").fetchone()
    return not there


def create(connection: Connection) -> None:
    """Create the tables in an empty database, inside a transaction."""
    connection.run(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
    connection.run("CREATE TABLE migrations (version int PRIMARY KEY)")
    for number in range(1, len(MIGRATIONS) + 1):
        _upgrade(connection, number)


def data_set_of(connection: Connection) -> str:
    return meta.value(connection, meta.DATA_SET)


def _migrate(connection: Connection, *, init: bool) -> None:
    """Create the tables, or migrate those of an older version: each migration in a transaction with
    the record of it. Nodes that start together do so one after the other."""
    migrating = f"hashtext('{SCHEMA}.migrations')"
    connection.execute(f"SELECT pg_advisory_lock({migrating})")
    _migrate_alone(connection, init=init)
    connection.execute(f"SELECT pg_advisory_unlock({migrating})")


def _migrate_alone(connection: Connection, *, init: bool) -> None:
    if is_empty(connection):
        if not init:
            raise StartError(
                "it has no tables yet, but the data directory has a database file. Move that here"
                " with: chatroom move; or name another data directory with --data"
            )
        connection.execute("BEGIN")
        create(connection)
        connection.execute("COMMIT")
        return
    (version,) = connection.execute("SELECT max(version) FROM migrations").fetchone()
    if version > len(MIGRATIONS):
        raise StartError("it was written by a newer version of chatroom; start that version")
    for number in range(version + 1, len(MIGRATIONS) + 1):
        connection.execute("BEGIN")
        _upgrade(connection, number)
        connection.execute("COMMIT")


def _upgrade(connection: Connection, version: int) -> None:
    MIGRATIONS[version - 1](connection)
    connection.execute("INSERT INTO migrations (version) VALUES (:version)", {"version": version})
