"""Backups: a copy of the database as of one moment, also beside a server, and the way back.

A copy is made by ``VACUUM INTO``, in one read transaction of a connection that cannot write. It
takes the time that its size asks for, however much is written meanwhile; the log grows by what is
written, since nothing that the copy may still read is overwritten. The copy has no log and no
unused pages, and so nothing of what was deleted. It takes its name when it is whole, checked and
synced.
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
from .commit_mark import CommitMark, reached_by
from .connection import connect, connect_read_only, primary_code
from .disk_full import why_full
from .incarnations import new_id
from .schema import check_ours, data_set_of, migrate, set_data_set
from .startup import (
    FILE,
    explained,
    is_missing,
    sync,
)
from .wal_files import log_of

PART: Final = ".part"
"""The end of a copy's name until it is whole."""
STEPS: Final = 200_000
"""Steps of SQLite's machine between two looks at how far it is: some ms."""

Progress: TypeAlias = Callable[[int, int], None]
"""How many bytes are written, of about how many."""


@attrs.frozen
class Summary:
    bytes: int
    rooms: int
    messages: int
    seconds: float
    kept: Path | None = None
    """The database that was there before."""


def back_up(directory: Path, target: Path, *, force: bool, progress: Progress) -> Summary:
    """A server may run on the directory, start or stop meanwhile.

    :param force: replaces what is there under that name.
    :raises StartError: there is no backup; what was there before is left.
    """
    path, began = directory / FILE, time.monotonic()
    _check_target(target, path, force=force)
    with _part_of(target) as part:
        with explained(path):
            if is_missing(path):
                raise StartError("it is not there")
            with closing(connect_read_only(path)) as reader:
                check_ours(reader)
                _copy(reader, part, progress)
        with closing(_connect_alone(part)) as copy, explained(part):
            _check(copy)
            summary = _summary(copy, part, began)
        _put_in_place(part, target)
    return summary


def _check_target(target: Path, path: Path, *, force: bool) -> None:
    """:raises StartError: the backup of that database cannot have that name."""
    try:
        if target.is_dir():
            raise StartError(f"{target} is a directory; name a file in it")
        if target.exists() and not force:
            raise StartError(f"{target} exists; choose another name, or replace it with --force")
        if target.exists() and path.exists() and target.samefile(path):
            raise StartError(f"{target} is the database itself")
    except OSError as error:
        raise StartError(f"{error.filename}: {error.strerror}") from error


def restore(source: Path, directory: Path, *, force: bool, progress: Progress) -> Summary:
    """Nobody else may be using the directory; the caller has its lock. The backup becomes another
    data set than the one that was there, and is brought up to date.

    :param force: gives a database that is there another name, and keeps it.
    :raises StartError: what was there before is left.
    """
    path, began = directory / FILE, time.monotonic()
    if not is_missing(path) and not force:
        raise StartError(
            f"{directory} has a database; with --force that is kept under another name, and the"
            " backup takes its place"
        )
    with _part_of(path) as part:
        with explained(source):
            if source.is_dir():
                raise StartError("it is a directory; name the file of a backup")
            if is_missing(source):
                raise StartError("it is not there")
            log = log_of(source)
            alone = not log.exists() or not log.stat().st_size
            # One that is alone may lie where nothing can be written, as the log's index would be.
            with closing(_connect_alone(source) if alone else connect_read_only(source)) as reader:
                check_ours(reader)
                _copy(reader, part, progress)
        with explained(part):
            with closing(connect(part)) as copy:
                _check(copy)
                migrate(copy)
                set_data_set(copy, new_id())
                summary = _summary(copy, part, began)
                reached = reached_by(copy, data_set_of(copy))
            sync(part)
            kept = _move_aside(directory)
            with closing(CommitMark(directory, reached)) as mark:
                mark.sync()
            _put_in_place(part, path)
    return attrs.evolve(summary, kept=kept)


def _move_aside(directory: Path) -> Path | None:
    """Give a database that is there another name, with its log; None: there is none.

    Cut off, it leaves a directory whose database is missing, which no server takes for a new one.
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
        log_of(path).rename(log_of(kept))
    path.with_name(f"{FILE}-shm").unlink(missing_ok=True)
    sync(directory)
    return kept


# ---- a copy under its name


class _NoSpace(Exception):
    """For the copy; not for the database that is read."""


@contextmanager
def _part_of(target: Path) -> Iterator[Path]:
    """An empty file beside it, for this user alone, and locked; gone in the end."""
    part = target.with_name(target.name + PART)
    try:
        file = _make(part)
    except OSError as error:
        raise StartError(f"{part} cannot be made: {error.strerror}") from error
    try:
        yield part
    except _NoSpace as error:
        raise StartError(f"{target} cannot be written: {error}; make space") from error
    finally:
        # SQLite's journal of this name too: it is left when the copy was cut off.
        for name in (part, part.with_name(part.name + "-journal")):
            name.unlink(missing_ok=True)
        os.close(file)


def _make(part: Path) -> int:
    """:raises StartError: another backup is writing it."""
    with suppress(FileNotFoundError):
        left = os.open(part, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            fcntl.flock(left, fcntl.LOCK_EX | fcntl.LOCK_NB)
            part.unlink()  # of one that was killed
        except BlockingIOError:
            raise StartError(f"{part} is being written by another process") from None
        finally:
            os.close(left)
    # Made anew: another user might have made it before, and have it open.
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    file = os.open(part, flags, 0o600)
    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return file


def _put_in_place(part: Path, target: Path) -> None:
    try:
        sync(part)
        part.replace(target)
        sync(target.parent)
    except OSError as error:
        raise StartError(f"{target} cannot be written: {error.strerror}") from error


# ---- what is in it


def _connect_alone(path: Path) -> sqlite3.Connection:
    """A database that nobody writes to, and that has no log."""
    uri = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
    return sqlite3.connect(uri, uri=True, isolation_level=None)


def _copy(reader: sqlite3.Connection, part: Path, progress: Progress) -> None:
    (page_size,) = reader.execute("PRAGMA page_size").fetchone()
    (pages,) = reader.execute("PRAGMA page_count").fetchone()
    (unused,) = reader.execute("PRAGMA freelist_count").fetchone()
    interrupted: list[BaseException] = []

    def look() -> int:
        try:
            progress(part.stat().st_size, page_size * (pages - unused))
        except BaseException as error:
            interrupted.append(error)
            return 1
        return 0

    reader.set_progress_handler(look, STEPS)
    try:
        # Already so in a database of today, where it would be a change.
        if reader.execute("PRAGMA auto_vacuum").fetchone() != (2,):
            reader.execute("PRAGMA auto_vacuum = INCREMENTAL")
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
