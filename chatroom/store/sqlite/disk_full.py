"""Telling a full disk from a failing one.

SQLite reports a full disk (``ENOSPC``) as such, but reports an exceeded quota (``EDQUOT``) or file
size limit (``EFBIG``) as an I/O error. To find out, a temporary file is written in the same
directory. Knows no tables.
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
_PROBE_BYTES: Final = 1 << 16
"""Size of the write that is tried. The index of the WAL grows by 32 KiB at once."""


def why_full(error: sqlite3.Error, directory: Path) -> str | None:
    """Return a message for operators if the error was caused by missing space, or else None."""
    code = getattr(error, "sqlite_errorcode", None)
    certain = code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE)
    if not certain and primary_code(error) not in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN):
        return None
    reason = _probe(directory)
    if reason is None:
        return FULL if certain else None
    return f"{FULL} ({reason})"


def why_not_written(error: sqlite3.Error, connection: sqlite3.Connection) -> str | None:
    """Return the same for an error in a transaction, if it is also certain that nothing of the
    transaction is durable.

    That is certain after a write failed for lack of space: the incomplete transaction has no valid
    commit frame in the WAL, and the next commit overwrites it. After any other failure, such as one
    of a sync, the outcome is unknown: None.
    """
    code = getattr(error, "sqlite_errorcode", None)
    if code == sqlite3.SQLITE_FULL:
        return FULL
    if code != sqlite3.SQLITE_IOERR_WRITE:
        return None
    _, _, file = connection.execute("PRAGMA database_list").fetchone()
    return why_full(error, Path(file).parent)


def _probe(directory: Path) -> str | None:
    """Try to write beyond the size of the largest file in the directory. Return the system's error
    message if there is no space."""
    try:
        with tempfile.TemporaryFile(dir=directory, buffering=0) as file:
            end = max(path.lstat().st_size for path in directory.iterdir())
            left = bytes(_PROBE_BYTES)
            while left:
                left = left[os.pwrite(file.fileno(), left, end + _PROBE_BYTES - len(left)) :]
    except OSError as error:
        return error.strerror if error.errno in NO_SPACE else None
    return None
