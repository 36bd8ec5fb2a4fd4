"""The SQLite store on a disk that fails when told to, without threads, and copied as a kill would
leave it.

What the store would do in a thread is done inline, and its result takes ``lag`` passes of the loop
to come back. So the order of all is the same each time, and a kill finds commits that have not
begun, and commits that are done and not yet known of.
"""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Literal, TypeAlias, get_args

import attrs
import pytest
import trio

from chatroom.accounts import passwords
from chatroom.store.room_log import Batch, Decision
from chatroom.store.sqlite import SqliteStore

from ..accounts.conftest import QuickHasher
from ..faulty_connection import FaultyConnection
from ..faulty_store import Untellable
from ..memory_store import inline

Fault: TypeAlias = Literal["full", "lost", "kept", "broken", "untold"]
"""What becomes of a commit: no space; an I/O error before it is written, or after; the batch fails
in the transaction; it is written, and then whoever has asked for it fails."""
FAULTS: Final[tuple[Fault, ...]] = get_args(Fault)


class Broken(Exception):
    pass


@attrs.define
class Faults:
    """One fault at a time. ``fired`` is the one that has happened since it was last looked at."""

    armed: Fault | None = None
    commits: int = 0
    fired: Fault | None = None

    def arm(self, fault: Fault, nth: int) -> None:
        self.armed, self.commits = fault, nth

    @contextmanager
    def spared(self) -> Iterator[None]:
        """These commits are not meant."""
        armed, self.armed = self.armed, None
        yield
        self.armed = armed

    def due(self, *faults: Fault) -> Fault | None:
        """Asked at a place where these could happen."""
        if self.armed not in faults:
            return None
        self.commits -= 1
        if self.commits > 0:
            return None
        self.fired, self.armed = self.armed, None
        return self.fired


class DiskConnection(FaultyConnection):
    faults: Faults

    def commit_group(self) -> sqlite3.Cursor:
        match self.faults.due("full", "lost", "kept", "broken"):
            case "full":
                raise _error(sqlite3.SQLITE_FULL)
            case "lost":
                raise _error(sqlite3.SQLITE_IOERR_WRITE)
            case "kept":
                super().commit_group()
                raise _error(sqlite3.SQLITE_IOERR_FSYNC)
            case "broken":
                raise Broken("in the transaction")
            case "untold" | None:
                pass  # not due here
        return super().commit_group()


def _error(code: int) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError(f"fault {code}")
    error.sqlite_errorcode = code
    return error


class Disk(SqliteStore):
    faults: Faults

    async def commit(self, batch: Batch) -> Decision:
        decision = await super().commit(batch)
        if decision.entries and self.faults.due("untold"):
            return attrs.evolve(decision, entries=Untellable(decision.entries))
        return decision


def open_disk(directory: Path, faults: Faults, lag: int) -> Disk:
    factory = type("Connection", (DiskConnection,), {"faults": faults})
    disk = Disk.open(directory, factory=factory, run_sync=inline(lag))
    disk.faults = faults
    return disk


def copy_after_kill(directory: Path, to: Path) -> None:
    """What is in the files at this moment, and nothing that is in memory."""
    to.mkdir()
    for name in ("chatroom.db", "chatroom.db-wal", "chatroom.mark"):
        if (directory / name).exists():
            shutil.copyfile(directory / name, to / name)


def hash_inline(patch: pytest.MonkeyPatch, lag: int) -> None:
    """Passwords too, with hashes that take no time to speak of."""
    patch.setattr(trio.to_thread, "run_sync", inline(lag))
    patch.setattr(passwords, "PasswordHasher", QuickHasher)
