"""Start-up: whether the database is there, ours, whole and as far as it was, before it is used.

All of this is looked at through a connection that cannot write: a database that is refused stays
as it is, with its log, since from these what is wrong may yet be mended. At each start only what
costs nothing is checked: the header, the schema, the file's length, the log as far as its checksums
are right, the count of commits (:mod:`.commit_mark`). All pages are read by :mod:`.integrity`.
"""

import os
import shlex
import sqlite3
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Final

from ...errors import StartError
from .commit_mark import (
    MARK,
    CommitCount,
    CommitMark,
    reached_by,
    read_mark,
)
from .connection import checkpoint, connect, connect_read_only, primary_code, use_wal
from .disk_full import NO_SPACE, why_full
from .incarnations import Incarnation, begin, new_id
from .schema import check_ours, data_set_of, migrate, set_data_set
from .wal_files import (
    counted_without_log,
    is_log_of,
    log_of,
    missing_pages,
)

FILE: Final = "chatroom.db"
NEW: Final = f"{FILE}.new"
"""A first database while it is made; what is found under this name was never used."""
_LOGS: Final = ("-wal", "-shm", "-journal")


def open_database(
    directory: Path,
    found: Collection[str] = (),
    *,
    init: bool = False,
    factory: type[sqlite3.Connection] = sqlite3.Connection,
) -> tuple[sqlite3.Connection, CommitMark, Incarnation]:
    """The connection that writes, its mark, and the incarnation that begins with it.

    A new database is made where nothing was ``found``, so that one that was lost is not replaced
    by an empty one; or with ``init``, which is refused where there is a database.

    :raises StartError: it cannot be used; the message says why, and the way out.
    """
    path = directory / FILE
    with explained(path):
        if is_missing(path):
            _make(directory, () if init else found)
        elif init:
            raise StartError("it is there already; start without --init")
        with closing(connect_read_only(path)) as reader:
            reached = _look(reader, path)
            compare(reached, read_mark(directory), directory)
            # While the reader is there, the log need not be read once more.
            connection = _take_over(path, factory)
        try:
            # A row that is found after a kill may never have been synced, and a `duplicate: true`
            # would acknowledge it. This commit syncs the log, with all that is in it.
            incarnation = begin(connection)
            checkpoint(connection)  # as far as a backup that is being made lets it
        except BaseException:
            connection.close()
            raise
        return connection, CommitMark(directory, reached), incarnation


def accept_loss(directory: Path) -> int | None:
    """Make the database as it is the one that counts: it is another data set from here on. Nobody
    else may be using the directory.

    :returns: how many commits are known to be lost; None when that cannot be told.
    :raises StartError: it cannot be used in any case.
    """
    path = directory / FILE
    with explained(path):
        if is_missing(path):
            raise StartError("it is not there; restore a backup first")
        mark = read_mark(directory)
        with closing(connect_read_only(path)) as reader:
            reached = _look(reader, path)
            connection = _take_over(path)
        with closing(connection):
            _put_into_file(connection)
            data_set = new_id()
            # First: the old one is refused from here on, so a start that is cut off is done again.
            with closing(CommitMark(directory, CommitCount(data_set, reached.commits))) as accepted:
                accepted.sync()
            set_data_set(connection, data_set)
            checkpoint(connection)
    if mark is None or mark.data_set != reached.data_set:
        return None
    return reached.behind(mark)


# ---- what is there


def is_missing(path: Path) -> bool:
    """Nothing, or less than a database ever is: whoever has lost the rest has lost it all."""
    return not path.exists() or path.stat().st_size == 0


def _make(directory: Path, found: Collection[str]) -> None:
    """Under another name until it is whole: a database by our name is one."""
    directory.mkdir(parents=True, exist_ok=True)
    if found and NEW not in found:
        names = sorted(found)
        beside = ", ".join(names[:4]) + (", ..." if len(names) > 4 else "")
        raise StartError(
            f"it is missing or empty, but its directory is not ({beside}): put it back, or restore"
            " a backup; to begin anew without what it held: chatroom serve --init"
        )
    # The last of them is what tells the next start that this one was cut off.
    for name in (MARK, *(base + log for base in (FILE, NEW) for log in _LOGS), NEW):
        (directory / name).unlink(missing_ok=True)
    new = directory / NEW
    # SQLite gives its other files the same mode: there are password hashes in them.
    new.touch(mode=0o600)
    with closing(connect(new)) as connection:
        # Before the first table: later it would take a VACUUM.
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        connection.execute("PRAGMA synchronous = OFF")  # it is synced once, when it is whole
        migrate(connection)
        use_wal(connection)
        _put_into_file(connection)
    sync(new)
    new.replace(directory / FILE)
    sync(directory)
    with suppress(OSError):  # it may not be ours to read
        sync(directory.absolute().parent)


def sync(path: Path) -> None:
    """A file that nobody has open in this process, or the names in a directory."""
    file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def _look(reader: sqlite3.Connection, path: Path) -> CommitCount:
    """``reader`` has read nothing yet."""
    counted = counted_without_log(path)
    if not is_log_of(path, counted, reader):
        log = log_of(path).name
        raise StartError(
            f"{log} is not of this database: it was cut or damaged, or {FILE} was replaced and its"
            f" log was not. Nothing was changed. Move {log} and {FILE}-shm out of the way, see with"
            " chatroom check whether the rest is whole, and start again"
        )
    check_ours(reader)
    if missing := missing_pages(path, reader):
        raise StartError(f"{cut_short(missing)}; restore a backup")
    return reached_by(reader, data_set_of(reader))


def cut_short(missing: int) -> str:
    return f"it is cut short: {missing:,} {'page is' if missing == 1 else 'pages are'} missing"


def compare(reached: CommitCount, mark: CommitCount | None, directory: Path) -> None:
    """:raises StartError: when the database is behind its mark, or of another data set."""
    if mark is None:
        return
    accept = f"chatroom accept-loss --data {shlex.quote(str(directory))}"
    if mark.data_set != reached.data_set:
        raise StartError(
            f"it is of another data set than {MARK} beside it. If you restored a backup or brought"
            f" it from elsewhere, say so once with: {accept}"
        )
    if missing := reached.behind(mark):
        raise StartError(
            f"it lacks the last {missing:,} of its {mark.commits:,} commits: {FILE}-wal was lost,"
            " cut or damaged, or an older copy was put here. Nothing was changed. Put back what is"
            f" missing; or, after restoring a backup or to go on without it: {accept}"
        )


def _take_over(
    path: Path, factory: type[sqlite3.Connection] = sqlite3.Connection
) -> sqlite3.Connection:
    connection = connect(path, factory)
    try:
        migrate(connection)
        use_wal(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _put_into_file(connection: sqlite3.Connection) -> None:
    """All that is in the log, synced."""
    if checkpoint(connection):
        raise StartError("another process is using it; end that one first")


# ---- why not


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """:raises StartError: for whatever goes wrong with the file inside."""
    try:
        yield
    except StartError as error:
        raise StartError(f"{path} cannot be used: {error}") from error
    except sqlite3.Error as error:
        raise StartError(f"{path} cannot be used: {_why(error, path.parent)}") from error
    except UnicodeError as error:
        raise StartError(f"{path} cannot be used: it is damaged; restore a backup") from error
    except OSError as error:
        full = "; make space" if error.errno in NO_SPACE else ""
        raise StartError(f"{path} cannot be opened: {error.strerror}{full}") from error


def _why(error: sqlite3.Error, directory: Path) -> str:
    if (full := why_full(error, directory)) is not None:
        return f"{full}; make space, and start again"
    match primary_code(error):
        case sqlite3.SQLITE_NOTADB:
            return "its start is damaged, or it is not a database; restore a backup"
        case sqlite3.SQLITE_CORRUPT:
            return f"it is damaged ({error}); restore a backup"
        case sqlite3.SQLITE_BUSY:
            return f"another process is using it ({error}); end that one first"
        case sqlite3.SQLITE_IOERR:
            return f"the disk cannot be read or written ({error})"
        case sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_READONLY:
            return f"{error}: may this user read and write all files in {directory}, and make some?"
        case _:
            return str(error)
