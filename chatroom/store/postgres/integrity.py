"""The integrity check behind ``chatroom check``. PostgreSQL checks its own files."""

from contextlib import closing
from typing import Final

from ...errors import StartError
from ..sql import integrity
from ..sql.file_integrity import referenced_blobs, wrong_files
from .connection import ANY, Connection, with_defaults
from .database import BEGIN
from .startup import check, explained, is_empty

SETTINGS: Final = (*ANY, "SET statement_timeout = 0")


def faults(url: str, files: dict[str, int]) -> list[str]:
    """Return all faults found in the database, as messages for operators. A server may use it
    meanwhile.

    :param files: gets the digests and sizes of the files to which the database refers.
    :raises StartError: the database cannot be read at all.
    """
    with explained(), closing(Connection(with_defaults(url), SETTINGS)) as connection:
        check(connection.connect())
        if is_empty(connection):
            raise StartError("it has no tables; has a server run on it?")
        connection.execute(BEGIN)
        found = [
            *integrity.wrong_rooms(connection),
            *integrity.wrong_counts(connection),
            *wrong_files(connection),
        ]
        files.update(referenced_blobs(connection))
    return found
