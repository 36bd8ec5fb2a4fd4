"""The work that is left according to the database of a running server."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from chatroom.store.sqlite.startup import FILE


def unhandled(consumer: str) -> str:
    """Return the rooms that a consumer has not handled to the end, as what follows FROM."""
    return f"""
        rooms AS r LEFT JOIN consumer_cursors AS c ON c.room = r.name AND c.consumer = '{consumer}'
        WHERE r.head_rev > coalesce(c.rev, 0)
    """


UNDECIDED: Final = unhandled("push")
UNSENT: Final = "push_notifications"


def count_rows(data: Path, rows: str) -> int:
    """Count rows, given as what follows FROM."""
    with closing(sqlite3.connect(f"file:{data / FILE}?mode=ro", uri=True)) as connection:
        query = f"SELECT count(*) FROM {rows}"  # noqa: S608
        return int(connection.execute(query).fetchone()[0])
