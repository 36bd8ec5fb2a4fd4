"""Pages that nothing uses any more are given back to the file system, in slices that others wait
for. Only a database that was made for it can: see :func:`.startup._make`.
"""

import sqlite3
from contextlib import suppress
from time import perf_counter
from typing import Final

KEPT_PAGES: Final = 1024
"""Unused pages (4 MiB) that stay in the file, for what is written next."""
SLICE_S: Final = 0.01
"""How long a slice may take, beside its commit."""


def unused_pages(connection: sqlite3.Connection) -> int:
    """How many more there are than stay; 0 in a database that can give back none."""
    if connection.execute("PRAGMA auto_vacuum").fetchone() != (2,):
        return 0
    (unused,) = connection.execute("PRAGMA freelist_count").fetchone()
    return max(int(unused) - KEPT_PAGES, 0)


def give_back(connection: sqlite3.Connection) -> bool:
    """A slice, inside a transaction; whether there is more."""
    end = perf_counter() + SLICE_S
    unused = unused_pages(connection)
    while unused and perf_counter() < end:
        # Python asks it for one row, and so it never gives back more than one page at a time.
        connection.execute("PRAGMA incremental_vacuum(1)")
        unused -= 1
    return unused > 0


def shorten_file(connection: sqlite3.Connection) -> None:
    """After the commit of a slice: else a server that writes little would not come to it for long.

    An error here is ignored: SQLite does the same later, and meets it again.
    """
    with suppress(sqlite3.Error):
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
