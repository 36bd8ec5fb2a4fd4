"""Moving all rows of a database file to an empty PostgreSQL database.

The tables are made and filled there in one transaction, so an interrupted move leaves nothing. The
file is marked as moved right before the commit of that transaction. So at no time can both be
started. The data set and its incarnations stay the same, so tokens and cursors of clients do.
"""

import sqlite3
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeAlias

import psycopg
from psycopg.sql import SQL, Composed, Identifier

from ..errors import StartError
from ..frozen import frozen
from .postgres import startup as target_startup
from .postgres.connection import ANY, Connection, with_defaults
from .sqlite.schema import data_set_of, moved_to, set_moved_to
from .sqlite.startup import FILE, open_database

Progress: TypeAlias = Callable[[int, int], None]
"""Called with how many rows are written or verified, and how many will be. Each row is both."""

REPORTED_ROWS: Final = 5_000
"""Rows between two calls of the progress."""
SETTINGS: Final = (
    *ANY,
    "SET statement_timeout = 0",
    "SET idle_in_transaction_session_timeout = 0",
    "SET maintenance_work_mem = '256MB'",  # for the indexes
)
_HASH_MASK: Final = (1 << 64) - 1
_ROW_TABLES: Final = """
    SELECT name FROM pragma_table_list
    WHERE schema = 'main' AND type = 'table' -- neither FTS5's nor views
      AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name <> '_sqlite_migrations'
    ORDER BY name
"""


@frozen
class Moved:
    """:ivar rows: how many, by table.
    :ivar before: an earlier call has moved everything already.
    """

    rows: Mapping[str, int]
    before: bool


@frozen
class Table:
    """:ivar types: the columns, with their types in PostgreSQL."""

    name: str
    types: Mapping[str, str]

    @property
    def columns(self) -> Composed:
        return SQL(", ").join(map(Identifier, self.types))

    def in_sqlite(self) -> str:
        columns = ", ".join(f'"{column}"' for column in self.types)
        return f'SELECT {columns} FROM "{self.name}"'  # noqa: S608 - names of ours


def move(directory: Path, found: Collection[str], url: str, progress: Progress) -> Moved:
    """Move everything from the database of ``directory``, of which the caller holds the lock.

    :param found: the names of the files in the directory.
    :param url: of an empty database, or of that to which everything was moved before.
    :raises StartError: nothing was moved, unless the message says that this is unknown.
    """
    source, mark, _ = open_database(directory, found, moved=True)
    target = Connection(with_defaults(url), SETTINGS)
    try:
        with closing(mark), closing(source), closing(target), target_startup.explained():
            target_startup.check(target.connect())
            before = moved_to(source)
            if target_startup.is_empty(target) and before in (None, url):
                return Moved(_move(source, target, url, progress), before=False)
            _check_moved(source, target, before, url)
            return Moved({t.name: _count(target, t) for t in _tables(source, target)}, before=True)
    except sqlite3.Error as error:
        raise StartError(f"{directory / FILE} cannot be read: {error}") from error


def _check_moved(
    source: sqlite3.Connection, target: Connection, before: str | None, url: str
) -> None:
    """:param before: to which database the source was moved.
    :raises StartError: it was not to the target.
    """
    if before not in (None, url):
        raise StartError(
            f"everything was moved to {before} already. To move the file elsewhere, without what"
            " was written since, accept it first: chatroom accept-loss"
        )
    if before is None or target_startup.data_set_of(target) != data_set_of(source):
        raise StartError(
            "it is not empty, but has the tables of a chatroom server; name another database, or"
            " delete them: DROP SCHEMA chatroom CASCADE"
        )


def _move(
    source: sqlite3.Connection, target: Connection, url: str, progress: Progress
) -> Mapping[str, int]:
    source.execute("BEGIN IMMEDIATE")
    target.execute("BEGIN")
    target_startup.create(target)
    target.run("DELETE FROM meta")
    tables = _tables(source, target)
    counts = {
        each.name: source.execute(f"SELECT count(*) FROM ({each.in_sqlite()})").fetchone()[0]  # noqa: S608
        for each in tables
    }
    done = _Done(2 * sum(counts.values()), progress)
    indexes = _drop_indexes(target)
    for table in tables:
        _copy(source, target.connect(), table, done)
    _continue_numbers(source, target)
    for index in indexes:
        target.run(index)
    # What the file alone has: of FTS5, and of a move that was interrupted.
    target.run("DELETE FROM meta WHERE name IN ('search_removed', 'moved_to')")
    target.run("ANALYZE")
    set_moved_to(source, url)
    source.execute("COMMIT")
    target.noticed = None
    try:
        target.execute("COMMIT")
        if target.noticed is not None:  # the wait for a standby was cancelled
            raise StartError(target.noticed)
    except Exception as error:
        raise StartError(
            f"it is unknown whether the move is complete ({error}); run the command again"
        ) from error
    return counts


class _Done:
    """The progress."""

    def __init__(self, total: int, progress: Progress) -> None:
        self._total = total
        self._progress = progress
        self._rows = 0

    def count(self, rows: Iterator[Sequence[Any]]) -> Iterator[Sequence[Any]]:
        for row in rows:
            yield row
            self._rows += 1
            if self._rows % REPORTED_ROWS == 0:
                self._progress(self._rows, self._total)


def _tables(source: sqlite3.Connection, target: Connection) -> list[Table]:
    return [_table(source, target, name) for (name,) in source.execute(_ROW_TABLES).fetchall()]


def _table(source: sqlite3.Connection, target: Connection, name: str) -> Table:
    """:raises StartError: PostgreSQL lacks the table or a column."""
    rows = target.execute(
        """
        SELECT column_name, data_type FROM information_schema.columns
        WHERE table_schema = current_schema() AND table_name = :name
        """,
        {"name": name},
    ).fetchall()
    types, columns = dict(rows), source.execute(f'PRAGMA table_info("{name}")').fetchall()
    try:
        return Table(name, {column: types[column] for _, column, *_ in columns})
    except KeyError as missing:
        raise StartError(f"its table {name} has no column {missing}") from None


def _drop_indexes(target: Connection) -> list[str]:
    """Drop all indexes that are no constraints, since filling them row by row takes longer. Return
    the statements that make them again."""
    found = target.execute(
        """
        SELECT c.relname, pg_get_indexdef(i.indexrelid) FROM pg_index AS i
        JOIN pg_class AS c ON c.oid = i.indexrelid
        WHERE c.relnamespace = current_schema()::regnamespace AND NOT i.indisprimary
          AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = i.indexrelid)
        """
    ).fetchall()
    for name, _ in found:
        target.run(f'DROP INDEX "{name}"')
    return [statement for _, statement in found]


def _copy(
    source: sqlite3.Connection, target: psycopg.Connection[Any], table: Table, done: _Done
) -> None:
    """Copy the rows of a table, read them back, and compare.

    :raises StartError: they are not the same.
    """
    name = Identifier(table.name)
    statement = partial(SQL("{} {} ({}) {} (FORMAT BINARY)").format, SQL("COPY"), name)
    target.execute(SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(name))
    written = _Sum()
    with target.cursor().copy(statement(table.columns, SQL("FROM STDIN"))) as copy:
        copy.set_types([*table.types.values()])
        for row in done.count(source.execute(table.in_sqlite())):
            copy.write_row(row)
            written.add(row)
    target.execute(SQL("ALTER TABLE {} ENABLE TRIGGER USER").format(name))
    there = _Sum()
    with target.cursor().copy(statement(table.columns, SQL("TO STDOUT"))) as copy:
        copy.set_types([*table.types.values()])
        for row in done.count(copy.rows()):
            there.add(row)
    if (written.count, written.hash) != (there.count, there.hash):
        raise StartError(
            f"the table {table.name} has {there.count:,} rows that are not the {written.count:,}"
            " that were written"
        )


class _Sum:
    """The number of rows, and a sum of hashes, which does not depend on their order."""

    def __init__(self) -> None:
        self.count = 0
        self.hash = 0

    def add(self, row: Sequence[Any]) -> None:
        self.count += 1
        self.hash = (self.hash + hash(row)) & _HASH_MASK


def _continue_numbers(source: sqlite3.Connection, target: Connection) -> None:
    """Let PostgreSQL give the numbers after the last ones. Some were given to rows that are
    deleted."""
    given = dict(source.execute("SELECT name, seq FROM sqlite_sequence").fetchall())
    columns = target.execute(
        """
        SELECT table_name, column_name FROM information_schema.columns
        WHERE table_schema = current_schema() AND is_identity = 'YES'
        """
    ).fetchall()
    for table, column in columns:
        (last,) = target.execute(f'SELECT coalesce(max("{column}"), 0) FROM "{table}"').fetchone()  # noqa: S608
        target.execute(
            "SELECT setval(pg_get_serial_sequence(:table, :column), :next, false)",
            {"table": table, "column": column, "next": max(last, given.get(table, 0)) + 1},
        )


def _count(target: Connection, table: Table) -> int:
    (count,) = target.execute(f'SELECT count(*) FROM "{table.name}"').fetchone()  # noqa: S608
    return int(count)
