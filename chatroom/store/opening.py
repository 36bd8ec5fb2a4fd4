"""Opening the store that the settings name: a database file, or PostgreSQL."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from ..errors import StartError
from .sql.connection import Connection

if TYPE_CHECKING:
    from .postgres import PostgresStore
    from .sqlite import SqliteStore

OpenStore: TypeAlias = "SqliteStore | PostgresStore"


def open_store(
    database: str | None, directory: Path, found: Collection[str], *, init: bool = False
) -> OpenStore:
    """Open a store, and begin an incarnation. The driver of PostgreSQL is imported only if needed.

    :param database: the URL of a PostgreSQL database; None: a file in ``directory``.
    :param found: the names of the files in the directory.
    :param init: create a new file in a directory that has lost its database.
    :raises StartError: the database cannot be used.
    """
    if database is None:
        from .sqlite import SqliteStore

        return SqliteStore.open(directory, found, init=init)
    if init:
        raise StartError("--init is for a database file; PostgreSQL's tables are made if missing")
    require_driver()
    from .postgres import PostgresStore
    from .sqlite.startup import FILE

    return PostgresStore.open(database, init=FILE not in found)


def require_driver() -> None:
    """:raises StartError: PostgreSQL cannot be used, since its driver is not installed."""
    try:
        import psycopg  # noqa: F401 - only whether it is there
    except ImportError as error:
        raise StartError(
            f"PostgreSQL needs another package ({error}): pip install 'chatroom[postgres]'"
        ) from error


@contextmanager
def snapshot(database: str | None, directory: Path) -> Iterator[Connection]:
    """Open a read transaction on a store that a server may be using.

    :raises StartError: the database cannot be used.
    """
    if database is None:
        from .sqlite.snapshot import snapshot as of_file

        with of_file(directory) as connection:
            yield connection
        return
    from .postgres.snapshot import snapshot as of_server

    with of_server(database) as connection:
        yield connection


def require_file(database: str | None, instead: str) -> None:
    """:raises StartError: the data is not in a file, which a command needs."""
    if database is not None:
        raise StartError(f"the data is in PostgreSQL, not in a file; {instead}")
