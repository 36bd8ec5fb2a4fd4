"""The size of the data, and incremental vacuum: returning unused pages to the file system, in
short slices.

Other writes wait for a slice. Databases are created with ``auto_vacuum``, which this needs: see
:func:`.schema.migrate`.
"""

import sqlite3
from contextlib import suppress
from time import perf_counter
from typing import Final

from ..sql.connection import Connection

KEPT_PAGES: Final = 1024
"""Unused pages (4 MiB) that remain in the file, for the next writes."""
MAX_SLICE_S: Final = 0.01
"""Duration of a slice, without its commit."""


def unused_pages(connection: Connection) -> int:
    """Return the number of pages that can be given back."""
    (unused,) = connection.execute("PRAGMA freelist_count").fetchone()
    return max(int(unused) - KEPT_PAGES, 0)


def give_back(connection: Connection) -> bool:
    """Give back a slice, inside a transaction. Return whether there is more."""
    end = perf_counter() + MAX_SLICE_S
    unused = unused_pages(connection)
    while unused and perf_counter() < end:
        # The pragma frees one page per row that is fetched, and execute() fetches only one.
        connection.execute("PRAGMA incremental_vacuum(1)")
        unused -= 1
    return unused > 0


def shorten_file(connection: sqlite3.Connection) -> None:
    """Checkpoint after the commit of a slice, since the file is truncated only then. SQLite's own
    checkpoint could be far off on a server that writes little.

    An error is ignored: SQLite's next checkpoint will meet it again.
    """
    with suppress(sqlite3.Error):
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()


def used_bytes(connection: Connection) -> int:
    """Return the size of all pages in use. Free pages do not count, because they are reused."""
    sizes = [
        connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("page_count", "freelist_count", "page_size")
    ]
    pages, free, page = sizes
    return int((pages - free) * page)
