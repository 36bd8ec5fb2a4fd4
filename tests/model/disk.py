"""The SQLite store without threads, on a disk that fails on request and can be copied like a kill.

The store's blocking work runs inline, and its result takes ``lag`` passes of the loop to return. So
each run has the same order of events. A kill can meet commits that have not begun, and commits that
are done but not reported yet.
"""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final, Literal, TypeAlias, TypeVar, get_args

import attrs
import pytest
import trio

from chatroom.accounts import passwords
from chatroom.store.room_log import Batch, Decision
from chatroom.store.sql.threads import wait_for
from chatroom.store.sqlite import SqliteStore

from ..faulty_connection import FaultyConnection
from ..faulty_store import Untellable
from ..following.two_nodes import SharedStore
from ..memory_store import inline
from ..quick_hasher import QuickHasher

T = TypeVar("T")

Fault: TypeAlias = Literal["full", "lost", "kept", "broken", "untold"]
"""Faults of a commit: no space; an I/O error before the write, or after it; the batch fails in the
transaction; the commit is written, and then its caller fails."""
FAULTS: Final[tuple[Fault, ...]] = get_args(Fault)


class Broken(Exception):
    pass


@attrs.define
class Faults:
    """At most one armed fault. ``fired`` is the fault that has happened since the last check."""

    armed: Fault | None = None
    commits: int = 0
    fired: Fault | None = None

    def arm(self, fault: Fault, nth: int) -> None:
        self.armed, self.commits = fault, nth

    @contextmanager
    def spared(self) -> Iterator[None]:
        """Disarm the fault during a block."""
        armed, self.armed = self.armed, None
        yield
        self.armed = armed

    def due(self, *faults: Fault) -> Fault | None:
        """Return the armed fault if it is one of these and due. Called where these can happen."""
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
                pass  # does not happen here
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

    def abandon(self) -> None:
        """Close all files as a kill does."""
        self._connection.close()
        self._readers.close()
        self._mark.close()


class DiskOfNode(SharedStore, Disk):
    """One node's access to the disk."""


def open_disk(directory: Path, faults: Faults, lag: int) -> Disk:
    factory = type("Connection", (DiskConnection,), {"faults": faults})
    disk = Disk.open(directory, factory=factory, in_thread=inline(lag))
    disk.faults = faults
    return disk


def copy_after_kill(directory: Path, to: Path) -> None:
    """Copy the files as they are now, without anything that is only in memory."""
    to.mkdir()
    for name in ("chatroom.db", "chatroom.db-wal", "chatroom.mark"):
        if (directory / name).exists():
            shutil.copyfile(directory / name, to / name)


def hash_inline(patch: pytest.MonkeyPatch, lag: int) -> None:
    """Hash passwords inline too, with a hash that takes almost no time."""

    async def run_sync(work: Callable[..., T], *args: object, **_: object) -> T:
        return await wait_for(partial(work, *args), inline(lag))

    patch.setattr(trio.to_thread, "run_sync", run_sync)
    patch.setattr(passwords, "PasswordHasher", QuickHasher)
