"""Single values of the table ``meta``."""

from typing import Final

from ...errors import StartError
from .connection import Connection

DATA_SET: Final = "data_set"
"""The random id of the data set."""
LINK_KEY: Final = "link_key"
"""The key by which links to files are signed: one for all nodes."""
FILES_DIRECTORY: Final = "files_directory"
"""The id of the directory of files that all nodes share; not there if none was named."""


def value(connection: Connection, name: str) -> str:
    """:raises StartError: the database has none of this name."""
    found = optional(connection, name)
    if found is None:
        raise StartError(f"it has no {name}, so it is damaged; restore a backup")
    return found


def optional(connection: Connection, name: str) -> str | None:
    row = connection.execute("SELECT value FROM meta WHERE name = :name", {"name": name}).fetchone()
    return None if row is None else str(row[0])


def add(connection: Connection, name: str, value: str) -> bool:
    """Add a value. Return False, and write nothing, if there is one."""
    added = connection.execute(
        "INSERT INTO meta (name, value) VALUES (:name, :value) ON CONFLICT (name) DO NOTHING",
        {"name": name, "value": value},
    )
    return added.rowcount == 1
