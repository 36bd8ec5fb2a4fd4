"""Whether what failed found no space: SQLite tells so of a full disk alone, and takes a quota or a
limit on the size of files for a disk that fails.

So the system is asked once more, by a file that is nowhere seen. Knows no tables.
"""

import errno
import os
import sqlite3
import tempfile
from pathlib import Path
from typing import Final

from .connection import primary_code

FULL: Final = "the disk is full"
NO_SPACE: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_LITTLE: Final = 1 << 16
"""Bytes for which there has to be space: the index of the log takes 32 KiB at once."""


def why_full(error: sqlite3.Error, directory: Path) -> str | None:
    """For people; None when there is space, and the error another."""
    code = getattr(error, "sqlite_errorcode", None)
    certain = code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE)
    if not certain and primary_code(error) not in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN):
        return None
    refusal = _refusal(directory)
    if refusal is None:
        return FULL if certain else None
    return f"{FULL} ({refusal})"


def why_not_written(error: sqlite3.Error, connection: sqlite3.Connection) -> str | None:
    """The same of an error in a transaction, where it also means that nothing of that will ever be
    found: what is not written whole has no valid end in the log, and the next commit covers it.

    After any other failure, as of a sync, nobody knows: None.
    """
    code = getattr(error, "sqlite_errorcode", None)
    if code == sqlite3.SQLITE_FULL:
        return FULL
    if code != sqlite3.SQLITE_IOERR_WRITE:
        return None
    _, _, file = connection.execute("PRAGMA database_list").fetchone()
    return why_full(error, Path(file).parent)


def _refusal(directory: Path) -> str | None:
    """What the system says to a little more at the end of the longest file."""
    try:
        with tempfile.TemporaryFile(dir=directory, buffering=0) as file:
            end = max(path.lstat().st_size for path in directory.iterdir())
            left = bytes(_LITTLE)
            while left:
                left = left[os.pwrite(file.fileno(), left, end + _LITTLE - len(left)) :]
    except OSError as error:
        return error.strerror if error.errno in NO_SPACE else None
    return None
