"""The integrity check behind ``chatroom check``: reads every page and every row.

Checks SQLite's rules, and those of our tables: :mod:`chatroom.store.sql.integrity`.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

from ...errors import StartError
from ..sql.file_integrity import referenced_blobs, wrong_files
from ..sql.integrity import MAX_FAULTS, wrong_counts, wrong_rooms
from .commit_mark import reached_by, read_mark
from .connection import connect_read_only, primary_code
from .explaining import explained
from .schema import check_ours, data_set_of
from .search_integrity import wrong_documents, wrong_entries
from .startup import (
    FILE,
    compare,
    is_missing,
    truncated,
)
from .wal_files import missing_pages


def faults(directory: Path, files: dict[str, int] | None = None) -> list[str]:
    """Return all faults found in the database of ``directory``, as messages for operators. A server
    may use it meanwhile.

    :param files: gets the digests and sizes of the files to which the database refers.
    :raises StartError: the database cannot be read at all.
    """
    path = directory / FILE
    with explained(path):
        if is_missing(path):
            raise StartError("it does not exist")
        mark = read_mark(directory)  # before the snapshot: a server may be committing
        with closing(connect_read_only(path)) as connection:
            connection.execute("BEGIN")
            check_ours(connection)
            found = _damage(connection)
            if missing := missing_pages(path, connection):
                found.append(truncated(missing))
            if not found:
                found += wrong_rooms(connection)
                found += wrong_documents(connection)
                found += wrong_entries(connection)
                found += wrong_counts(connection)
                found += wrong_files(connection)
                if files is not None:
                    files.update(referenced_blobs(connection))
            try:
                compare(reached_by(connection, data_set_of(connection)), mark, directory)
            except StartError as behind:
                found.append(str(behind))
    return found


def _damage(connection: sqlite3.Connection) -> list[str]:
    try:
        rows = connection.execute(f"PRAGMA integrity_check({MAX_FAULTS})").fetchall()
    except sqlite3.DatabaseError as error:
        if primary_code(error) != sqlite3.SQLITE_CORRUPT:
            raise
        return [str(error)]
    return [line for (text,) in rows if text != "ok" for line in text.splitlines()]
