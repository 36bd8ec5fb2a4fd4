"""One group: the jobs of many callers in one transaction. Runs in the writer's thread.

Knows transactions and the meaning of SQLite's errors, but not Trio. Knows nothing of the tables,
except that clientIds are looked up once for the whole group.
"""

import sqlite3
from collections.abc import Sequence

from ...errors import Behind, StorageDamaged, StorageFailed, StorageFull, StorageLocked
from ..sql.apply import Shared, find_originals
from ..sql.jobs import Failed, Job, Outcome
from .commit_mark import CommitMark
from .connection import FATAL_CODES, primary_code
from .damage import describe, is_damage
from .disk_full import why_not_written
from .vacuum import shorten_file


def write_group(
    connection: sqlite3.Connection, mark: CommitMark, jobs: Sequence[Job]
) -> list[Outcome]:
    """Run the jobs in one transaction and commit it. Return an outcome per job, in order.

    If a job fails, the group is rolled back and each job is tried in a transaction of its own. Each
    commit is counted in ``mark``.

    :raises StorageFailed: it is unknown what was written.
    """
    try:
        return _transaction(connection, mark, jobs)
    except StorageFull as error:
        return [Failed(StorageFull(str(error))) for _ in jobs]
    except sqlite3.Error as error:
        if (full := why_not_written(error, connection)) is not None:
            return [Failed(StorageFull(full)) for _ in jobs]
        match primary_code(error):
            case sqlite3.SQLITE_BUSY:  # trying each job alone would wait for the lock each time
                return [
                    Failed(StorageLocked("another process has locked the database")) for _ in jobs
                ]
            case code if code in FATAL_CODES:
                raise StorageFailed(f"the database cannot be used: {error}") from error
            case _:
                pass  # caused by one job
        failure: Exception = error
    except StorageFailed:
        raise
    except Exception as error:  # one job's error must not fail the others
        failure = error
    if is_damage(failure):  # found before the COMMIT; the transaction was rolled back
        failure = StorageDamaged(describe(failure))
    if len(jobs) == 1:
        return [Failed(failure)]
    return [outcome for job in jobs for outcome in write_group(connection, mark, [job])]


def _transaction(
    connection: sqlite3.Connection, mark: CommitMark, jobs: Sequence[Job]
) -> list[Outcome]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        before = connection.total_changes
        shared = Shared(
            find_originals(
                connection, [key for job in jobs if job.batch for key in job.batch.client_ids]
            )
        )
        outcomes: list[Outcome] = []
        for job in jobs:
            if job.batch is None:
                shared.posts.write(connection)  # the job may depend on them
            try:
                outcomes.append(job.perform(connection, shared))
            except Behind as error:  # it has written nothing, so the group goes on
                outcomes.append(Failed(error))
        shared.posts.write(connection)
        moves_pages = any(job.moves_pages for job in jobs)
        if connection.total_changes == before and not moves_pages:
            # Nothing was written, only refusals and duplicates: skip the sync.
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
            f"a commit failed ({error}); acknowledged messages are safe; repair the disk and"
            " restart"
        ) from error


def _rollback(connection: sqlite3.Connection) -> None:
    if not connection.in_transaction:  # SQLite has rolled back by itself
        return
    try:
        connection.execute("ROLLBACK")
    except sqlite3.Error as error:
        raise StorageFailed(f"a rollback failed: {error}") from error
