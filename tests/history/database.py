"""The work that is left according to the database of a running server."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, Final, TypeAlias

from chatroom.store.postgres.connection import READING, Connection, with_defaults
from chatroom.store.sqlite.startup import FILE


def unhandled(consumer: str) -> str:
    """Return the rooms that a consumer has not handled to the end, as what follows FROM."""
    return f"""
        rooms AS r LEFT JOIN consumer_cursors AS c ON c.room = r.name AND c.consumer = '{consumer}'
        WHERE r.head_rev > coalesce(c.rev, 0)
    """


UNDECIDED: Final = unhandled("push")
UNSENT: Final = "push_notifications"


Query: TypeAlias = Callable[[str], list[Any]]
"""Returns the rows of a query of the database of a running server."""


def in_file(data: Path) -> Query:
    def query(sql: str) -> list[Any]:
        with closing(sqlite3.connect(f"file:{data / FILE}?mode=ro", uri=True)) as connection:
            return connection.execute(sql).fetchall()

    return query


def in_postgres(url: str) -> Query:
    def query(sql: str) -> list[Any]:
        with closing(Connection(with_defaults(url), READING)) as connection:
            connection.connect()
            return connection.execute(sql).fetchall()

    return query


def count_rows(query: Query, rows: str) -> int:
    """Count rows, given as what follows FROM."""
    return int(query(f"SELECT count(*) FROM {rows}")[0][0])  # noqa: S608
