"""Backup and restore: a copy of one snapshot of the database, also while a server uses it.

The copy is made by ``VACUUM INTO``, in one read transaction of a connection that cannot write. The
time depends on its size alone, not on concurrent writes. The WAL grows by what is written
meanwhile, because a checkpoint must not overwrite pages that the copy may still read. The copy has
no WAL and no unused pages, and therefore none of the deleted data. It is renamed to its final name
once it is complete, checked and synced.
"""

import fcntl
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Final, TypeAlias

import attrs

from ...errors import StartError
from ..sql.incarnations import new_id
from .commit_mark import CommitMark, reached_by
from .connection import connect, connect_read_only, primary_code
from .disk_full import why_full
from .explaining import explained
from .schema import check_not_moved, check_ours, data_set_of, migrate, set_data_set
from .startup import (
    FILE,
    is_missing,
    put_in_place,
    sync,
)
from .wal_files import wal_of

PART: Final = ".part"
"""The suffix of a copy's name until it is complete."""
PROGRESS_STEPS: Final = 200_000
"""Instructions of SQLite's virtual machine between two calls of the progress handler: some ms."""

Progress: TypeAlias = Callable[[int, int], None]
"""Called with the number of bytes written, and an estimate of the total."""
Beside: TypeAlias = Callable[[sqlite3.Connection], None]


def nothing_beside(_: sqlite3.Connection) -> None:
    pass


@attrs.frozen
class Summary:
    """A finished backup or restore: the copy's size and contents, and the time it took."""

    bytes: int
    rooms: int
    messages: int
    seconds: float
    kept: Path | None = None
    """The new name of the database that was replaced."""


def back_up(
    directory: Path,
    target: Path,
    *,
    force: bool,
    progress: Progress,
    beside: Beside = nothing_beside,
) -> Summary:
    """Write a backup of the database in ``directory`` to ``target``. A server may run on the
    directory, start or stop meanwhile.

    :param force: replace an existing ``target``.
    :param beside: called with the copy before it gets its name.
    :raises StartError: no backup was made; an existing ``target`` is unchanged.
    """
    path, began = directory / FILE, time.monotonic()
    _check_target(target, path, force=force)
    with _part_file(target) as part:
        with explained(path):
            if is_missing(path):
                raise StartError("it does not exist")
            with closing(connect_read_only(path)) as reader:
                check_ours(reader)
                check_not_moved(reader)
                _copy(reader, part, progress)
        with closing(_connect_immutable(part)) as copy, explained(part):
            _check(copy)
            beside(copy)
            summary = _summary(copy, part, began)
        _put_in_place(part, target)
    return summary


def _check_target(target: Path, path: Path, *, force: bool) -> None:
    """:raises StartError: ``target`` cannot be the name of a backup of the database at ``path``."""
    try:
        if target.is_dir():
            raise StartError(f"{target} is a directory; name a file in it")
        if target.exists() and not force:
            raise StartError(f"{target} exists; choose another name, or replace it with --force")
        if target.exists() and path.exists() and target.samefile(path):
            raise StartError(f"{target} is the database itself")
    except OSError as error:
        raise StartError(f"{error.filename}: {error.strerror}") from error


def restore(
    source: Path,
    directory: Path,
    *,
    force: bool,
    progress: Progress,
    beside: Beside = nothing_beside,
) -> Summary:
    """Make the backup ``source`` the database of ``directory``. The caller holds the lock of the
    directory. The database gets a new data set id and the current schema.

    :param force: rename an existing database instead of refusing to replace it.
    :param beside: called with the new database before it gets its name.
    :raises StartError: nothing was restored; an existing database is kept.
    """
    path, began = directory / FILE, time.monotonic()
    if not is_missing(path) and not force:
        raise StartError(
            f"{directory} has a database; use --force to rename it and put the backup in its place"
        )
    with _part_file(path) as part:
        with explained(source):
            if source.is_dir():
                raise StartError("it is a directory; name the file of a backup")
            if is_missing(source):
                raise StartError("it does not exist")
            wal = wal_of(source)
            has_wal = wal.exists() and wal.stat().st_size > 0
            # Without a WAL the source may be on a read-only file system, where SQLite could not
            # create the index of a WAL.
            open_source = connect_read_only if has_wal else _connect_immutable
            with closing(open_source(source)) as reader:
                check_ours(reader)
                _copy(reader, part, progress)
        with explained(part):
            with closing(connect(part)) as copy:
                _check(copy)
                migrate(copy)
                set_data_set(copy, new_id())
                beside(copy)
                summary = _summary(copy, part, began)
                reached = reached_by(copy, data_set_of(copy))
            sync(part)
            kept = _move_aside(directory)
            with closing(CommitMark(directory, reached)) as mark:
                mark.sync()
            _put_in_place(part, path)
    return attrs.evolve(summary, kept=kept)


def _move_aside(directory: Path) -> Path | None:
    """Rename an existing database and its WAL. Return the new name; None if there is none.

    If this is interrupted, the database is missing from a directory that has other files. A server
    refuses to start on that.
    """
    path = directory / FILE
    if not path.exists():
        return None
    stamp = time.strftime("%Y%m%d-%H%M%S")
    kept = next(
        name
        for number in range(1000)
        if not (name := path.with_name(f"{FILE}.{stamp}-{number}")).exists()
    )
    path.rename(kept)
    with suppress(FileNotFoundError):
        wal_of(path).rename(wal_of(kept))
    path.with_name(f"{FILE}-shm").unlink(missing_ok=True)
    sync(directory)
    return kept


# ---- the file of the copy


class _NoSpace(Exception):
    """No space for the copy; the database that is read is fine."""


@contextmanager
def _part_file(target: Path) -> Iterator[Path]:
    """Create an empty, locked file beside ``target`` that only this user can read. Delete it at the
    end, unless it was renamed."""
    part = target.with_name(target.name + PART)
    try:
        file = _create_part(part)
    except OSError as error:
        raise StartError(f"{part} cannot be created: {error.strerror}") from error
    try:
        yield part
    except _NoSpace as error:
        raise StartError(f"{target} cannot be written: {error}; make space") from error
    finally:
        # An interrupted VACUUM INTO leaves a journal.
        for name in (part, part.with_name(part.name + "-journal")):
            name.unlink(missing_ok=True)
        os.close(file)


def _create_part(part: Path) -> int:
    """:raises StartError: another backup is writing it."""
    with suppress(FileNotFoundError):
        left = os.open(part, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            fcntl.flock(left, fcntl.LOCK_EX | fcntl.LOCK_NB)
            part.unlink()  # left by a process that was killed
        except BlockingIOError:
            raise StartError(f"{part} is being written by another process") from None
        finally:
            os.close(left)
    # Never reused: another user may have created the old file and hold it open.
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    file = os.open(part, flags, 0o600)
    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return file


def _put_in_place(part: Path, target: Path) -> None:
    try:
        put_in_place(part, target)
    except OSError as error:
        raise StartError(f"{target} cannot be written: {error.strerror}") from error


# ---- the contents of the copy


def _connect_immutable(path: Path) -> sqlite3.Connection:
    """Open a database that no process writes to and that has no WAL."""
    uri = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
    return sqlite3.connect(uri, uri=True, isolation_level=None)


def _copy(reader: sqlite3.Connection, part: Path, progress: Progress) -> None:
    (page_size,) = reader.execute("PRAGMA page_size").fetchone()
    (pages,) = reader.execute("PRAGMA page_count").fetchone()
    (unused,) = reader.execute("PRAGMA freelist_count").fetchone()
    interrupted: list[BaseException] = []

    def report() -> int:
        try:
            progress(part.stat().st_size, page_size * (pages - unused))
        except BaseException as error:
            interrupted.append(error)
            return 1
        return 0

    reader.set_progress_handler(report, PROGRESS_STEPS)
    try:
        reader.execute("VACUUM INTO :part", {"part": str(part)})
    except sqlite3.OperationalError as error:
        if interrupted:
            raise interrupted[0] from error
        if (full := why_full(error, part.parent)) is not None:
            raise _NoSpace(full) from error
        raise
    finally:
        reader.set_progress_handler(None, 0)


def _check(copy: sqlite3.Connection) -> None:
    check_ours(copy)
    try:
        (found,) = copy.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        if primary_code(error) != sqlite3.SQLITE_CORRUPT:
            raise
        found = str(error)
    if found != "ok":
        raise StartError(f"it is damaged ({found})")


def _summary(copy: sqlite3.Connection, part: Path, began: float) -> Summary:
    rooms, messages = copy.execute(
        "SELECT count(*), coalesce(sum(head_seq - first_seq + 1), 0) FROM rooms"
    ).fetchone()
    return Summary(part.stat().st_size, rooms, messages, time.monotonic() - began)
