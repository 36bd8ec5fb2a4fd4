"""What the database's file and its log say beside what SQLite makes of them. Changes nothing.

SQLite does not know when pages are missing, nor whether a log is that of the file beside it.
"""

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from .commit_mark import CommitCount, reached_by

_COUNTED: Final = slice(60, 64)
"""Where the count of commits is in a database's first page (SQLite's file format, 1.3)."""
_LOCK_BYTE: Final = 1 << 30


def log_of(path: Path) -> Path:
    return path.with_name(path.name + "-wal")


def counted_without_log(path: Path) -> int:
    """The count of commits in the database's own file, which is not what is read in it: that may
    be further, in the log.

    Before SQLite reads it: to close a file drops all locks that the process has on it.
    """
    with path.open("rb") as file:
        return _count_in(file.read(_COUNTED.stop))


def is_log_of(path: Path, counted: int, reader: sqlite3.Connection) -> bool:
    """Whether file and log belong together. SQLite puts any whole log into any database, and what
    comes of it may be neither of the two.

    A log begins where the file was brought up to date; from then on the file may follow, but never
    past the log's end. A commit that does not count itself, as at a start, leaves the count as it
    was.

    :param counted: in the file alone; ``reader`` sees the log too.
    """
    page_size = _page_size(reader)  # and no more: the schema may be of both
    logged = (_count_in(start) for page, start in _frames(log_of(path), page_size) if page == 1)
    end = reached_by(reader, "")
    begin, file = CommitCount("", next(logged, end.commits)), CommitCount("", counted)
    return file.behind(begin) <= 1 and not end.behind(file)


def missing_pages(path: Path, reader: sqlite3.Connection) -> int:
    """How many pages are neither in the file nor in the log. SQLite takes them for empty ones.

    A file that is short is no damage by itself: a checkpoint that was cut off is done again.
    """
    page_size = _page_size(reader)
    (pages,) = reader.execute("PRAGMA page_count").fetchone()
    whole = path.stat().st_size // page_size
    if whole >= pages:
        return 0
    unused = _LOCK_BYTE // page_size + 1  # where the locks are, and never any data
    there = {unused, *(page for page, _ in _frames(log_of(path), page_size))}
    return len(set(range(whole + 1, pages + 1)) - there)


def _page_size(reader: sqlite3.Connection) -> int:
    (page_size,) = reader.execute("PRAGMA page_size").fetchone()
    return int(page_size)


def _count_in(page: bytes) -> int:
    return int.from_bytes(page[_COUNTED], "big")


def _frames(log: Path, page_size: int) -> Iterator[tuple[int, bytes]]:
    """The pages in a log, each with how it starts (SQLite's file format, 4.1). That the checksums
    are right, the reader has seen."""
    if not log.exists():
        return
    with log.open("rb") as file:
        salts = file.read(32)[16:24]
        while (header := file.read(24)) and header[8:16] == salts:
            yield int.from_bytes(header[:4], "big"), file.read(_COUNTED.stop)
            file.seek(page_size - _COUNTED.stop, os.SEEK_CUR)
