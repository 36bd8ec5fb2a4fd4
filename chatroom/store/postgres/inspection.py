"""What ``chatroom doctor`` asks a PostgreSQL server. Writes nothing to tables."""

import statistics
import time
from collections.abc import Mapping
from contextlib import closing
from typing import Any, Final

import psycopg

from ...frozen import frozen
from .connection import ANY, Connection, with_defaults
from .startup import check, explained

SAMPLES: Final = 20
"""Commits of which the time is taken, and reads of the clock."""
_SETTINGS: Final = (
    "server_version",
    "synchronous_commit",
    "synchronous_standby_names",
    "wal_retrieve_retry_interval",
    "fsync",
    "full_page_writes",
)
_LEFT: Final = """
    SELECT current_setting('max_connections')::int
        - current_setting('superuser_reserved_connections')::int
        - coalesce(current_setting('reserved_connections', true), '0')::int -- since version 16
        - (SELECT sum(numbackends)::int FROM pg_stat_database)
"""
# Of the servers that follow, only their number is visible without a right to read statistics.
_STANDBYS: Final = """
    SELECT count(*), count(state),
           count(*) FILTER (WHERE state = 'streaming' AND sync_state IN ('sync', 'quorum'))
    FROM pg_stat_replication
"""


@frozen
class Facts:
    """:ivar settings: by name, as PostgreSQL shows them.
    :ivar connections_left: how many more it accepts; that of this inspection is closed again.
    :ivar standbys: how many servers follow.
    :ivar synchronous: how many of them a commit may wait for; None if this user may not see it.
    :ivar bytes: the size of the database.
    :ivar ahead_s: by how much its clock is ahead of the clock of this machine.
    :ivar commit_s: the median time of a commit, without the wait for a standby.
    :ivar remote: it is reached by TCP.
    :ivar encrypted: the connection has TLS.
    """

    settings: Mapping[str, str]
    connections_left: int
    standbys: int
    synchronous: int | None
    bytes: int
    ahead_s: float
    commit_s: float
    remote: bool
    encrypted: bool


def inspect(url: str) -> Facts:
    """:raises StartError: a server would not start on the database."""
    with explained(), closing(Connection(with_defaults(url), ANY)) as connection:
        made = connection.connect()
        check(made)
        standbys, seen, synchronous = _row(made, _STANDBYS)
        return Facts(
            settings={name: _row(made, f"SHOW {name}")[0] for name in _SETTINGS},
            connections_left=_row(made, _LEFT)[0] + 1,
            standbys=standbys,
            synchronous=synchronous if seen == standbys else None,
            bytes=_row(made, "SELECT pg_database_size(current_database())")[0],
            ahead_s=statistics.median(_ahead_s(made) for _ in range(SAMPLES)),
            commit_s=statistics.median(_commit_s(made) for _ in range(SAMPLES)),
            remote=not made.info.host.startswith("/"),
            encrypted=bool(made.pgconn.ssl_in_use),
        )


def _row(made: psycopg.Connection[Any], query: str) -> Any:
    return made.execute(query.encode()).fetchone()


def _ahead_s(made: psycopg.Connection[Any]) -> float:
    before = time.time()
    (there,) = _row(made, "SELECT extract(epoch FROM clock_timestamp())::float8")
    return float(there - (before + time.time()) / 2)


def _commit_s(made: psycopg.Connection[Any]) -> float:
    began = time.perf_counter()
    with made.transaction():
        # Without a standby, the wait for one would have no end.
        made.execute("SET LOCAL synchronous_commit = local")
        made.execute("SELECT pg_logical_emit_message(true, 'chatroom', '')")
    return time.perf_counter() - began
