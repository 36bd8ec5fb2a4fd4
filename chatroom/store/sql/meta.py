"""Single values of the table ``meta``."""

from typing import Final

from ...errors import StartError
from .connection import Connection

DATA_SET: Final = "data_set"
"""The random id of the data set."""
LINK_KEY: Final = "link_key"
"""The key by which links to files are signed: one for all nodes."""


def value(connection: Connection, name: str) -> str:
    """:raises StartError: the database has none of this name."""
    row = connection.execute("SELECT value FROM meta WHERE name = :name", {"name": name}).fetchone()
    if row is None:
        raise StartError(f"it has no {name}, so it is damaged; restore a backup")
    return str(row[0])
