"""A read transaction on a database that a server may be using."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

from ..sql.connection import Connection as SqlConnection
from .connection import READING, Connection, with_defaults
from .database import BEGIN
from .startup import explained


@contextmanager
def snapshot(url: str) -> Iterator[SqlConnection]:
    """:raises StartError: the database cannot be read."""
    with explained(), closing(Connection(with_defaults(url), READING)) as connection:
        connection.connect()
        connection.execute(BEGIN)
        yield connection
