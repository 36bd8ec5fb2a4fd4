"""The SQLite store on a disk that fails when told to, without threads, and copied as a kill would
leave it.

``trio.to_thread`` is replaced as long as a machine runs: what the store would do in a thread is
done in one piece between two turns of the loop, and its result takes as many turns more as ``lag``
says to come back, in which everything else goes on. So the order of all is the same each time, and
a kill finds commits that have not begun, and commits that are done and not yet known of.
"""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias, get_args

import attrs
import pytest
import trio

from chatroom.accounts import passwords
from chatroom.store.room_log import Batch, Decision
from chatroom.store.sqlite import SqliteStore
from chatroom.store.sqlite import startup as sqlite_opening

from ..accounts.conftest import QuickHasher
from ..faulty_store import Untellable

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


class Connection(sqlite3.Connection):
    """The writer's."""

    faults: Faults

    def execute(self, sql: str, *args: Any) -> sqlite3.Cursor:
        if sql != "COMMIT":
            return super().execute(sql, *args)
        match self.faults.due("full", "lost", "kept", "broken"):
            case "full":
                raise _error(sqlite3.SQLITE_FULL)
            case "lost":
                raise _error(sqlite3.SQLITE_IOERR_WRITE)
            case "kept":
                super().execute(sql, *args)
                raise _error(sqlite3.SQLITE_IOERR_FSYNC)
            case "broken":
                raise Broken("in the transaction")
            case "untold" | None:
                pass  # not due here
        return super().execute(sql, *args)


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


def open_disk(directory: Path, faults: Faults, patch: pytest.MonkeyPatch) -> Disk:
    def connect(path: Path) -> sqlite3.Connection:
        connection = sqlite3.connect(
            path, check_same_thread=False, isolation_level=None, factory=Connection
        )
        connection.faults = faults
        return connection

    with patch.context() as opening:
        opening.setattr(sqlite_opening, "connect", connect)
        disk = Disk.open(directory)
    assert isinstance(disk, Disk)
    disk.faults = faults
    return disk


def copy_after_kill(directory: Path, to: Path) -> None:
    """What is in the files at this moment, and nothing that is in memory."""
    to.mkdir()
    for name in ("chatroom.db", "chatroom.db-wal", "chatroom.mark"):
        if (directory / name).exists():
            shutil.copyfile(directory / name, to / name)


def without_threads(patch: pytest.MonkeyPatch, lag: int) -> None:
    """And with hashes that take no time to speak of."""

    async def run_here(
        work: Callable[..., Any], *args: Any, limiter: trio.CapacityLimiter | None = None
    ) -> Any:
        async with limiter or trio.CapacityLimiter(1):
            try:
                return work(*args)
            finally:
                with trio.CancelScope(shield=True):
                    for _ in range(lag):
                        await trio.lowlevel.checkpoint()

    patch.setattr(trio.to_thread, "run_sync", run_here)
    patch.setattr(passwords, "PasswordHasher", QuickHasher)
