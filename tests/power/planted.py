"""The server with a fault in its use of the disk: ``python -m tests.power.planted FAULT serve``.

To test the tests: each of these faults loses acknowledged messages or their files in a power cut.
"""

import sqlite3
import sys
from pathlib import Path
from typing import Final

from chatroom.accounts.invitations import Invitations
from chatroom.files import disk
from chatroom.store.sql.incarnations import Incarnation
from chatroom.store.sqlite import startup
from chatroom.store.sqlite.connection import checkpoint, use_wal
from chatroom.store.sqlite.startup import begin

from ..quick_hasher import main

FAULTS: Final = {
    "never synced": "PRAGMA synchronous = OFF",
    "synced at checkpoints only": "PRAGMA synchronous = NORMAL",
    "found, not synced at start": None,
}
FILE_FAULTS: Final = ("blobs not synced", "names of blobs not synced")


def plant(fault: str) -> None:
    if fault in FILE_FAULTS:
        plant_in_files(names=fault != FILE_FAULTS[0])
        return
    pragma = FAULTS[fault]

    def with_pragma(connection: sqlite3.Connection) -> None:
        use_wal(connection)
        assert pragma is not None
        connection.execute(pragma)

    def begin_unsynced(connection: sqlite3.Connection) -> Incarnation:
        connection.execute("PRAGMA synchronous = OFF")
        incarnation = begin(connection)
        connection.execute("PRAGMA synchronous = FULL")
        return incarnation

    async def no_offer(_: Invitations) -> None:
        """Make no first commit that would sync what the start has not."""

    def no_checkpoint(connection: sqlite3.Connection) -> bool:
        _, _, file = connection.execute("PRAGMA database_list").fetchone()
        return file.endswith(startup.NEW) and checkpoint(connection)

    if pragma is None:
        vars(startup).update(begin=begin_unsynced, checkpoint=no_checkpoint)
        Invitations.offer_admin = no_offer  # type: ignore[method-assign, assignment]
    else:
        vars(startup).update(use_wal=with_pragma)


def plant_in_files(*, names: bool) -> None:
    """Sync no directories (``names``), or no files."""
    sync = disk.sync

    def sync_some(path: Path) -> None:
        if path.is_dir() != names:
            sync(path)

    vars(disk).update(sync=sync_some)


if __name__ == "__main__":
    plant(sys.argv.pop(1))
    main()
