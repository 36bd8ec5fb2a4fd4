"""The server with a fault in how it uses the disk: ``python -m tests.power.planted FAULT serve``.

For the test of the tests: each of these faults costs acknowledged messages when the power goes.
"""

import sqlite3
import sys
from typing import Final

from chatroom.cli import main
from chatroom.store.sqlite import opening
from chatroom.store.sqlite.connection import use_wal

FAULTS: Final = {
    "never synced": "PRAGMA synchronous = OFF",
    "synced at checkpoints only": "PRAGMA synchronous = NORMAL",
    "found, not synced at start": None,
}


def plant(fault: str) -> None:
    pragma = FAULTS[fault]

    def with_pragma(connection: sqlite3.Connection) -> None:
        use_wal(connection)
        assert pragma is not None
        connection.execute(pragma)

    def without_checkpoint(connection: sqlite3.Connection) -> None:
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA journal_mode = WAL")

    setattr(opening, "use_wal", without_checkpoint if pragma is None else with_pragma)  # noqa: B010


if __name__ == "__main__":
    plant(sys.argv.pop(1))
    main(prog_name="chatroom")
