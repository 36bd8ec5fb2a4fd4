"""Errors of the database at a start and in commands, as messages for operators."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ...errors import StartError
from .connection import primary_code
from .disk_full import NO_SPACE, why_full


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn errors of the database at ``path``, raised inside the block, into messages for
    operators.

    :raises StartError:
    """
    try:
        yield
    except StartError as error:
        raise StartError(f"{path} cannot be used: {error}") from error
    except sqlite3.Error as error:
        raise StartError(f"{path} cannot be used: {_explain(error, path.parent)}") from error
    except UnicodeError as error:
        raise StartError(f"{path} cannot be used: it is damaged; restore a backup") from error
    except OSError as error:
        full = "; make space" if error.errno in NO_SPACE else ""
        raise StartError(f"{path} cannot be opened: {error.strerror}{full}") from error


def _explain(error: sqlite3.Error, directory: Path) -> str:
    if (full := why_full(error, directory)) is not None:
        return f"{full}; make space, and start again"
    match primary_code(error):
        case sqlite3.SQLITE_NOTADB:
            return "its start is damaged, or it is not a database; restore a backup"
        case sqlite3.SQLITE_CORRUPT:
            return f"it is damaged ({error}); restore a backup"
        case sqlite3.SQLITE_BUSY:
            return f"another process is using it ({error}); stop that process first"
        case sqlite3.SQLITE_IOERR:
            return f"the disk cannot be read or written ({error})"
        case sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_READONLY:
            return (
                f"{error}: may this user read and write all files in {directory}, and create files?"
            )
        case _:
            return str(error)
