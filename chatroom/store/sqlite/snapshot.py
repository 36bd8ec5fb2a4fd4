"""A read transaction on a database that a server may be using."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from ...errors import StartError
from ..sql.connection import Connection
from .connection import connect_read_only
from .explaining import explained
from .schema import check_ours
from .startup import FILE, is_missing


@contextmanager
def snapshot(directory: Path) -> Iterator[Connection]:
    """:raises StartError: the database cannot be read, or has another version."""
    path = directory / FILE
    with explained(path):
        if is_missing(path):
            raise StartError("it does not exist")
        with closing(connect_read_only(path)) as connection:
            connection.execute("BEGIN")
            check_ours(connection)
            yield connection
