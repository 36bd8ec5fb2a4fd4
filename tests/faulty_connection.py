"""Faults inside SQLite: connections whose commits are delayed, fail or are skipped.

Pass the class as ``factory`` to :meth:`SqliteStore.open`, or use :func:`serve_with` in a server
process. Readers get the same connections, but never commit.
"""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from chatroom.store.sqlite import SqliteStore
from chatroom.store.sqlite.connection import connect
from chatroom.store.sqlite.startup import FILE


class FaultyConnection(sqlite3.Connection):
    def execute(self, sql: str, *args: Any) -> sqlite3.Cursor:
        if sql == "COMMIT":
            return self.commit_group()
        return super().execute(sql, *args)

    def commit_group(self) -> sqlite3.Cursor:
        """Commit a group. Subclasses override this."""
        return super().execute("COMMIT")


def gated(before_commit: Callable[[], None]) -> type[FaultyConnection]:
    """Return a class that calls a function before each COMMIT, in the writer's thread."""

    class Gated(FaultyConnection):
        def commit_group(self) -> sqlite3.Cursor:
            before_commit()
            return super().commit_group()

    return Gated


def serve_with(factory: type[sqlite3.Connection]) -> None:
    """Use the class for all databases that this process opens from now on."""
    open_store = SqliteStore.open

    def open_with(*args: Any, **more: Any) -> SqliteStore:
        return open_store(*args, factory=factory, **more)

    _replace_open(open_with)


def change_at_start(change: Callable[[sqlite3.Connection], object]) -> None:
    """Change each database that this process opens from now on."""
    open_store = SqliteStore.open

    def open_changed(directory: Path, *args: Any, **more: Any) -> SqliteStore:
        store = open_store(directory, *args, **more)
        with closing(connect(directory / FILE)) as connection:
            change(connection)
        return store

    _replace_open(open_changed)


def _replace_open(open_store: Callable[..., SqliteStore]) -> None:
    setattr(SqliteStore, "open", staticmethod(open_store))  # noqa: B010 - mypy lets no method be replaced
