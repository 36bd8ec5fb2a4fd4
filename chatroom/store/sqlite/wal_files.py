"""Checks of the database file and its WAL that SQLite does not make. Changes nothing.

SQLite does not notice that pages are missing, or that a WAL belongs to another database file.
"""

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from .commit_mark import CommitCount, reached_by

_USER_VERSION: Final = slice(60, 64)
"""The bytes of ``user_version``, the count of commits, in the first page (SQLite's file format,
1.3)."""
_LOCK_BYTE: Final = 1 << 30
"""The offset at which SQLite locks (file format, 1.4). Its page holds no data."""


def wal_of(path: Path) -> Path:
    """Return the name of the WAL of a database."""
    return path.with_name(path.name + "-wal")


def count_without_wal(path: Path) -> int:
    """Return the count of commits in the database file alone. Readers may see a higher count, from
    the WAL.

    Call it before SQLite opens the file: closing a file drops all locks that the process has on it.
    """
    with path.open("rb") as file:
        return _count_in(file.read(_USER_VERSION.stop))


def is_wal_of(path: Path, count: int, reader: sqlite3.Connection) -> bool:
    """Return whether database file and WAL belong together. SQLite applies any valid WAL to any
    database file, and the result may be neither of the two databases.

    A WAL begins where the last checkpoint left the file. Later checkpoints may bring the file
    forward, but never past the end of the WAL. A commit that is not counted, as at a start, leaves
    the count unchanged.

    :param count: of the file alone. ``reader`` sees the WAL too.
    """
    page_size = _page_size(reader)  # not the schema, which may be a mixture of two databases
    logged = (_count_in(start) for page, start in _frames(wal_of(path), page_size) if page == 1)
    end = reached_by(reader, "")
    begin, file = CommitCount("", next(logged, end.commits)), CommitCount("", count)
    return file.behind(begin) <= 1 and not end.behind(file)


def missing_pages(path: Path, reader: sqlite3.Connection) -> int:
    """Return the number of pages that are neither in the file nor in the WAL. SQLite reads such
    pages as empty.

    A file that is too short is not damaged if the WAL has the rest: SQLite repeats an interrupted
    checkpoint.
    """
    page_size = _page_size(reader)
    (pages,) = reader.execute("PRAGMA page_count").fetchone()
    whole = path.stat().st_size // page_size
    if whole >= pages:
        return 0
    lock_page = _LOCK_BYTE // page_size + 1
    found = {lock_page, *(page for page, _ in _frames(wal_of(path), page_size))}
    return len(set(range(whole + 1, pages + 1)) - found)


def _page_size(reader: sqlite3.Connection) -> int:
    (page_size,) = reader.execute("PRAGMA page_size").fetchone()
    return int(page_size)


def _count_in(page: bytes) -> int:
    return int.from_bytes(page[_USER_VERSION], "big")


def _frames(wal: Path, page_size: int) -> Iterator[tuple[int, bytes]]:
    """Yield the page number and the first bytes of each page in a WAL (SQLite's file format, 4.1).
    The checksums are not verified, since the reader has done that."""
    if not wal.exists():
        return
    with wal.open("rb") as file:
        salts = file.read(32)[16:24]
        while (header := file.read(24)) and header[8:16] == salts:
            yield int.from_bytes(header[:4], "big"), file.read(_USER_VERSION.stop)
            file.seek(page_size - _USER_VERSION.stop, os.SEEK_CUR)
