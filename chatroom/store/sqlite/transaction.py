"""One group: the work of many waiters in one transaction. Runs in the writer's thread.

Knows transactions and what SQLite's errors mean for them, not Trio. Of the tables it knows only
that clientIds are looked up once for the whole group.
"""

import sqlite3
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import attrs

from ...errors import StorageDamaged, StorageFailed, StorageFull, StorageLocked
from .apply import Originals, find_originals
from .commit_mark import CommitMark
from .connection import BROKEN, primary_code
from .damage import is_damage
from .disk_full import why_not_written
from .vacuum import shorten_file


@attrs.frozen(eq=False)
class Job:
    """One waiter's write; it may run again, after a rollback. ``moves_pages``: it is
    committed though no row has changed, and the file gets shorter by it.
    """

    perform: Callable[[sqlite3.Connection, Originals], Any]
    client_ids: tuple[tuple[str, str], ...] = ()
    moves_pages: bool = False


@attrs.frozen(eq=False)
class Failed:
    """An outcome: nothing of that job was written, and its waiter gets the error."""

    error: Exception


Outcome: TypeAlias = Any
"""What a job returned, or :class:`Failed`."""


def write_group(
    connection: sqlite3.Connection, mark: CommitMark, jobs: Sequence[Job]
) -> list[Outcome]:
    """An outcome for each job, in order; what is committed is counted.

    :raises StorageFailed: when it is not known what was written.
    """
    try:
        return _transaction(connection, mark, jobs)
    except StorageFull as error:
        return [Failed(StorageFull(str(error))) for _ in jobs]
    except sqlite3.Error as error:
        if (full := why_not_written(error, connection)) is not None:
            return [Failed(StorageFull(full)) for _ in jobs]
        match primary_code(error):
            case sqlite3.SQLITE_BUSY:  # another process has the lock: waiting in turn is no use
                return [
                    Failed(StorageLocked("another process has locked the database")) for _ in jobs
                ]
            case kind if kind in BROKEN:
                raise StorageFailed(f"the database cannot be used: {error}") from error
            case _:
                pass  # the fault of one job
        failure: Exception = error
    except StorageFailed:
        raise
    except Exception as error:  # the batch boundary: one room's fault costs no other anything
        failure = error
    if is_damage(failure):  # found before the COMMIT, and rolled back
        failure = StorageDamaged(str(failure))
    if len(jobs) == 1:
        return [Failed(failure)]
    return [outcome for job in jobs for outcome in write_group(connection, mark, [job])]


def _transaction(
    connection: sqlite3.Connection, mark: CommitMark, jobs: Sequence[Job]
) -> list[Outcome]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        before = connection.total_changes
        originals = find_originals(connection, [key for job in jobs for key in job.client_ids])
        outcomes = [job.perform(connection, originals) for job in jobs]
        moves_pages = any(job.moves_pages for job in jobs)
        if connection.total_changes == before and not moves_pages:
            # Only refusals and duplicates: no reason to wait for the disk.
            _rollback(connection)
        else:
            mark.count(connection)
            _commit(connection)
            mark.advance()
            if moves_pages:
                shorten_file(connection)
    except Exception:
        _rollback(connection)
        raise
    return outcomes


def _commit(connection: sqlite3.Connection) -> None:
    try:
        connection.execute("COMMIT")
    except sqlite3.Error as error:
        if primary_code(error) == sqlite3.SQLITE_BUSY:
            raise
        if (full := why_not_written(error, connection)) is not None:
            raise StorageFull(full) from error
        raise StorageFailed(
            f"the disk failed in a commit ({error}): what was acknowledged is safe;"
            " see to the disk, and start again"
        ) from error


def _rollback(connection: sqlite3.Connection) -> None:
    if not connection.in_transaction:  # SQLite has done so itself
        return
    try:
        connection.execute("ROLLBACK")
    except sqlite3.Error as error:
        raise StorageFailed(f"a rollback failed: {error}") from error
