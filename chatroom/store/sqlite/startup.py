"""Opening the database at the start: it must exist, be ours, be complete and have all commits.

The checks use a connection that cannot write. A database that is refused is left unchanged, with
its WAL, because it may be possible to repair it from these. Each start makes only checks whose cost
does not depend on the size: the header, the schema, the length of the file, the WAL as far as its
checksums are valid, and the count of commits (:mod:`.commit_mark`). :mod:`.integrity` reads all
pages.
"""

import logging
import os
import shlex
import sqlite3
from collections.abc import Collection
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

from ...errors import StartError
from ..sql.incarnations import Incarnation, add, new_id
from .commit_mark import (
    MARK,
    CommitCount,
    CommitMark,
    reached_by,
    read_mark,
)
from .connection import checkpoint, connect, connect_read_only, use_wal
from .explaining import explained
from .schema import check_not_moved, check_ours, data_set_of, migrate, older_version, set_data_set
from .wal_files import (
    count_without_wal,
    is_wal_of,
    missing_pages,
    wal_of,
)

FILE: Final = "chatroom.db"
NEW: Final = f"{FILE}.new"
"""The name of a new database until it is complete. A file with this name was never used."""
_LOGS: Final = ("-wal", "-shm", "-journal")

logger = logging.getLogger(__name__)


def open_database(
    directory: Path,
    found: Collection[str] = (),
    *,
    init: bool = False,
    moved: bool = False,
    factory: type[sqlite3.Connection] = sqlite3.Connection,
) -> tuple[sqlite3.Connection, CommitMark, Incarnation]:
    """Open the database and begin an incarnation. Return the connection that writes, the mark and
    the incarnation.

    A new database is created if the directory is empty, so that a lost one is not replaced by an
    empty one; or with ``init``, which is refused if a database exists.

    :param found: the names of the files in the directory.
    :param moved: open it although it was moved to PostgreSQL.
    :raises StartError: the database cannot be used; the message says why, and what to do.
    """
    path = directory / FILE
    with explained(path):
        if is_missing(path):
            _create(directory, () if init else found)
        elif init:
            raise StartError("it exists already; start without --init")
        with closing(connect_read_only(path)) as reader:
            reached = _inspect(reader, path)
            compare(reached, read_mark(directory), directory)
            if not moved:
                check_not_moved(reader)
            # Opened while the reader is open, so that SQLite need not recover the WAL again.
            connection = _take_over(path, factory)
        try:
            # A row found after a kill may not have been synced, and a reply with `duplicate: true`
            # would acknowledge it. This commit syncs the whole WAL.
            incarnation = begin(connection)
            checkpoint(connection)  # may be incomplete, if a backup is being made
        except BaseException:
            connection.close()
            raise
        return connection, CommitMark(directory, reached), incarnation


def begin(connection: sqlite3.Connection) -> Incarnation:
    """Insert a new incarnation and sync it.

    :raises sqlite3.Error: the incarnation was not inserted.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        incarnation = add(connection)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return incarnation


def accept_loss(directory: Path) -> int | None:
    """Accept the database in its current state, by giving it a new data set id. The caller holds
    the lock of the directory.

    :returns: how many commits are known to be lost; None if that is unknown.
    :raises StartError: the database cannot be used in any case.
    """
    path = directory / FILE
    with explained(path):
        if is_missing(path):
            raise StartError("it does not exist; restore a backup first")
        mark = read_mark(directory)
        with closing(connect_read_only(path)) as reader:
            reached = _inspect(reader, path)
            connection = _take_over(path)
        with closing(connection):
            _full_checkpoint(connection)
            data_set = new_id()
            # The mark first: if this is interrupted, the next start refuses the old data set, and
            # the command can be repeated.
            with closing(CommitMark(directory, CommitCount(data_set, reached.commits))) as accepted:
                accepted.sync()
            set_data_set(connection, data_set)
            checkpoint(connection)
    if mark is None or mark.data_set != reached.data_set:
        return None
    return reached.behind(mark)


# ---- checks


def is_missing(path: Path) -> bool:
    """Return whether the file does not exist or is empty. An empty file has lost all its data."""
    return not path.exists() or path.stat().st_size == 0


def _create(directory: Path, found: Collection[str]) -> None:
    """Create a database under another name, and rename it once it is complete."""
    directory.mkdir(parents=True, exist_ok=True)
    if found and NEW not in found:
        names = sorted(found)
        beside = ", ".join(names[:4]) + (", ..." if len(names) > 4 else "")
        raise StartError(
            f"it is missing or empty, but its directory is not ({beside}): put it back, or restore"
            " a backup; to start with an empty database: chatroom serve --init"
        )
    # NEW last: it shows the next start that this one was interrupted.
    for name in (MARK, *(base + log for base in (FILE, NEW) for log in _LOGS), NEW):
        (directory / name).unlink(missing_ok=True)
    new = directory / NEW
    # SQLite gives its other files the same mode. They contain password hashes.
    new.touch(mode=0o600)
    with closing(connect(new)) as connection:
        connection.execute("PRAGMA synchronous = OFF")  # synced once, below
        migrate(connection)
        use_wal(connection)
        _full_checkpoint(connection)
    put_in_place(new, directory / FILE)
    with suppress(OSError):  # we may not have the permission to read it
        sync(directory.absolute().parent)


def put_in_place(part: Path, target: Path) -> None:
    """Sync a complete file, and give it its name. :raises OSError: it cannot be done."""
    sync(part)
    part.replace(target)
    sync(target.parent)


def sync(path: Path) -> None:
    """Sync a file, or the names in a directory. This process must not have the file open, because
    closing it drops SQLite's locks."""
    file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def _inspect(reader: sqlite3.Connection, path: Path) -> CommitCount:
    """Check the database. Return its count of commits. ``reader`` must not have read anything yet.

    :raises StartError: the WAL belongs to another database, the file is not ours or is truncated.
    """
    count = count_without_wal(path)
    if not is_wal_of(path, count, reader):
        wal = wal_of(path).name
        raise StartError(
            f"{wal} does not belong to this database: it was truncated or damaged, or {FILE} was"
            f" replaced without it. Nothing was changed. Move {wal} and {FILE}-shm away, run:"
            " chatroom check; and start again if it finds no fault"
        )
    check_ours(reader)
    if missing := missing_pages(path, reader):
        raise StartError(f"{truncated(missing)}; restore a backup")
    return reached_by(reader, data_set_of(reader))


def truncated(missing: int) -> str:
    """Return a message about a database that lacks so many pages."""
    return f"it is truncated: {missing:,} {'page is' if missing == 1 else 'pages are'} missing"


def compare(reached: CommitCount, mark: CommitCount | None, directory: Path) -> None:
    """Compare the database's count of commits with its mark.

    :raises StartError: the database is behind its mark, or the mark is one of another data set.
    """
    if mark is None:
        return
    accept = f"chatroom accept-loss --data {shlex.quote(str(directory))}"
    if mark.data_set != reached.data_set:
        raise StartError(
            f"it belongs to another data set than {MARK}. If you restored a backup or copied it"
            f" from another place, accept it with: {accept}"
        )
    if missing := reached.behind(mark):
        raise StartError(
            f"it lacks the last {missing:,} of its {mark.commits:,} commits: {FILE}-wal was lost,"
            " truncated or damaged, or this is an older copy. Nothing was changed. Put back what is"
            f" missing; or, after restoring a backup or to continue without them: {accept}"
        )


def _take_over(
    path: Path, factory: type[sqlite3.Connection] = sqlite3.Connection
) -> sqlite3.Connection:
    connection = connect(path, factory)
    try:
        if (version := older_version(connection)) is not None:
            _copy_first(connection, path.with_name(f"{FILE}.version-{version}"))
        migrate(connection)
        use_wal(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _copy_first(connection: sqlite3.Connection, copy: Path) -> None:
    """Copy a database that is to be migrated, for a return to the version before.

    An interrupted copy, and one that an interrupted start has completed, are made anew.
    """
    part = copy.with_name(f"{copy.name}.part")
    for left in (part, part.with_name(f"{part.name}-journal")):
        left.unlink(missing_ok=True)
    part.touch(mode=0o600)
    connection.execute("VACUUM INTO :part", {"part": str(part)})
    put_in_place(part, copy)
    logger.warning("copied the database before its upgrade", extra={"file": str(copy)})


def _full_checkpoint(connection: sqlite3.Connection) -> None:
    """Copy the whole WAL into the database file, and sync that."""
    if checkpoint(connection):
        raise StartError("another process is using it; stop that process first")
