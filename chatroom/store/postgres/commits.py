"""Groups: the jobs of many callers in one commit. Runs in the writer's thread, without Trio.

A commit is never cancelled. If the connection is lost, or the server notices something, as when
the wait for a standby was cancelled, the outcome is unknown. :meth:`Commits._settle` finds it out:
each commit replaces the id of the one before in the row of this node, and fails if that is another
one. So whoever replaces the id sees whether the commit was written, and it cannot be
written later.
"""

import logging
import time
from collections.abc import Callable, Collection, Sequence
from typing import Final

import psycopg
from psycopg import errors

from ...errors import Behind, StorageAway, StorageFailed, StorageFull
from ..news_codec import EncodedCommits, encode_commits
from ..room_log import Batch, Decision
from ..sql.apply import Shared, decide_and_write, find_originals
from ..sql.connection import Connection as SqlConnection
from ..sql.cursors import CountedAhead
from ..sql.incarnations import Incarnation, new_id
from ..sql.jobs import Failed, Job, Outcome
from ..sql.news import news_in
from . import feed
from .connection import RETRY_S, Connection
from .posts import COMMIT, NOT_OURS, TAKEN_OVER, Posts, decided
from .room_locks import AGAINST_DELETION, FOR_CHANGES, lock

logger = logging.getLogger(__name__)

MAX_TRIES: Final = 5
"""How often one job is tried that loses a race with another node."""
_RACES: Final = (
    errors.UniqueViolation,
    errors.SerializationFailure,
    errors.DeadlockDetected,
)
"""Errors that another node may have caused, so that another try may succeed."""


class Unknown(Exception):
    """It is unknown whether the commit was written."""


class Commits:
    """Writes groups of jobs, and waits for a server that cannot be reached.

    :ivar away_since: when the server was lost, by :func:`time.monotonic`; None while it is there.
    :ivar incarnation: that of the connection.
    :ivar encoded: the commits of the last group that was tried, while other nodes are alive.
    """

    def __init__(
        self,
        connection: Connection,
        take: Callable[[Connection], Incarnation],
        node: int,
        incarnation: Incarnation,
        restarted: Callable[[Incarnation], None],
        others: Callable[[], Collection[int]],
    ) -> None:
        """:param connection: the one that writes.
        :param take: makes the connection, and returns the incarnation of PostgreSQL's run.
        :param node: the number of this node.
        :param restarted: called in the writer's thread when there is another incarnation, before
            anything is written in it.
        :param others: returns the other nodes that are alive.
        """
        self._connection = connection
        self._take = take
        self._node = node
        self._restarted = restarted
        self._others = others
        self.incarnation = incarnation
        self.last = ""
        """The id in the row, as far as is known."""
        self.encoded: EncodedCommits = {}
        self._outcomes: list[Outcome] = []
        """Those of the commit whose id was written last."""
        self._stop_at: float | None = None
        self.away_since: float | None = None

    def stop(self, after_s: float) -> None:
        """Give up a server that cannot be reached after this time."""
        self._stop_at = time.monotonic() + after_s

    def write_group(self, jobs: Sequence[Job]) -> list[Outcome]:
        """Run the jobs in one transaction and commit it. Return an outcome per job, in order.

        If a job fails, the group is rolled back and each job is tried in a transaction of its own.

        :raises StorageFailed: it is unknown what was written.
        """
        for tried in range(MAX_TRIES):
            try:
                return self._written(jobs)
            except (errors.DiskFull, StorageFull) as error:
                return [Failed(StorageFull(f"the database has no space: {error}")) for _ in jobs]
            except errors.InsufficientResources as error:
                return [Failed(StorageAway(f"the database is short of: {error}")) for _ in jobs]
            except StorageFailed:
                raise
            except Exception as error:  # one job's error must not fail the others
                failure = error
            if len(jobs) > 1:
                return [outcome for job in jobs for outcome in self.write_group([job])]
            if not isinstance(failure, _RACES) or tried == MAX_TRIES - 1:
                break
        return [Failed(failure)]

    def _written(self, jobs: Sequence[Job]) -> list[Outcome]:
        """Commit the jobs. If the outcome is unknown, find it out, and write what was not."""
        while True:
            self._connect()
            following = new_id()
            try:
                outcomes = self._attempt(jobs, following)
            except (StorageAway, Unknown) as error:
                logger.warning("a commit has an unknown outcome: %s", error)
                outcomes = []
            else:
                return outcomes
            if self._settle(following):
                return self._outcomes

    def _attempt(self, jobs: Sequence[Job], commit: str) -> list[Outcome]:
        """:raises StorageAway: the connection is lost.
        :raises Unknown: the server has noticed something.
        """
        posts = decided(jobs)
        if posts is not None and self._post(jobs, posts, commit):
            return list(posts.decisions)
        return self._transaction(jobs, commit)

    def _post(self, jobs: Sequence[Job], posts: Posts, commit: str) -> bool:
        """Return whether the posts were written."""
        connection = self._connection
        values = {
            "feed": self._feed(jobs, posts.decisions),
            "commit": commit,
            "last": self.last,
            "node": self._node,
            "incarnation": self.incarnation.number,
        }
        self._outcomes = list(posts.decisions)
        connection.noticed = None
        try:
            row = connection.execute(COMMIT, {**values, **posts.parameters()}).fetchone()
        except psycopg.Error as error:
            if error.sqlstate == TAKEN_OVER:
                raise StorageFailed(str(error)) from error
            raise
        self._raise_if_noticed()
        if row[0]:
            self.last = commit
        return bool(row[0])

    def _feed(self, jobs: Sequence[Job], outcomes: Sequence[Outcome]) -> str | None:
        """Return the rows of the feed; None if nobody reads it."""
        if not self._others():
            self.encoded = {}
            return None
        found = news_in(zip([job.batch for job in jobs], outcomes, strict=True))
        self.encoded = encode_commits(found)
        return feed.rows(self.encoded)

    def _raise_if_noticed(self) -> None:
        if self._connection.noticed is not None:
            raise Unknown(self._connection.noticed)

    def _transaction(self, jobs: Sequence[Job], commit: str) -> list[Outcome]:
        connection = self._connection
        connection.execute("BEGIN")
        try:
            before = connection.changes
            lock(connection, {job.batch.room for job in jobs if job.batch}, FOR_CHANGES)
            lock(connection, {room for job in jobs for room in job.keeps}, AGAINST_DELETION)
            keys = [key for job in jobs if job.batch for key in job.batch.client_ids]
            originals = find_originals(connection, keys)
            retried, shared = bool(originals), Shared(originals)
            outcomes: list[Outcome] = []
            for job in jobs:
                if job.batch is None:
                    shared.posts.write(connection)  # the job may depend on them
                try:
                    outcomes.append(job.perform(connection, shared))
                except Behind as error:  # it has written nothing, so the group goes on
                    outcomes.append(Failed(error))
            shared.posts.write(connection)
            if connection.changes == before and not retried:
                connection.execute("ROLLBACK")  # only refusals
                return outcomes
            # An original may be of another node, whose wait for a standby was cancelled. This
            # commit follows it, so once this one is safe, the original is.
            if (rows := self._feed(jobs, outcomes)) is not None:
                connection.execute(feed.INSERT, {"feed": rows})
            self._replace_id(commit)
            self._outcomes = outcomes
            connection.noticed = None
            connection.execute("COMMIT")
        except Exception:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        self._raise_if_noticed()
        self.last = commit
        return outcomes

    def _replace_id(self, commit: str) -> None:
        replaced = self._connection.execute(
            """
            UPDATE nodes SET last_commit = :commit
            WHERE number = :node AND last_commit = :last
            """,
            {"commit": commit, "node": self._node, "last": self.last},
        )
        if replaced.rowcount != 1:
            raise StorageFailed(NOT_OURS)

    def job(self, batch: Batch, ahead: Sequence[CountedAhead]) -> Job:
        """Return the job of a room's batch. It writes for the incarnation of its connection."""

        def perform(connection: SqlConnection, shared: Shared) -> Decision:
            return decide_and_write(batch, self.incarnation.number, ahead, connection, shared)

        return Job(perform, batch)

    # ---- a server that is away

    def _connect(self) -> None:
        """Wait until there is a connection.

        :raises StorageFailed: it took too long, and the server is ending.
        """
        while self._connection.lost:
            try:
                incarnation = self._take(self._connection)
            except (psycopg.Error, StorageAway) as error:
                self._wait(error)
            else:
                if incarnation != self.incarnation:
                    self.incarnation = incarnation
                    self._restarted(incarnation)
        if self.away_since is not None:
            logger.warning("the database is there again")
            self.away_since = None

    def _wait(self, error: Exception) -> None:
        now = time.monotonic()
        if self.away_since is None:
            self.away_since = now
            logger.error("the database cannot be reached: %s", error)
        if self._stop_at is not None and now >= self._stop_at:
            raise StorageFailed("the database cannot be reached; the last commit may be written")
        time.sleep(RETRY_S)

    def _settle(self, commit: str) -> bool:
        """Return whether a commit was written. If not, it never will be.

        The id that this writes is committed after it, so once this commit is safe on all standbys,
        the other one is too.
        """
        connection = self._connection
        connection.close()
        written = {self.last: False, commit: True}  # by the id that the row has
        while True:
            self._connect()
            own = new_id()
            try:
                connection.execute("BEGIN")
                row = connection.execute(
                    "SELECT last_commit FROM nodes WHERE number = :node FOR UPDATE",
                    {"node": self._node},
                ).fetchone()
                if row is None or row[0] not in written:
                    raise StorageFailed(NOT_OURS)
                self.last, written[own] = row[0], written[row[0]]
                self._replace_id(own)
                connection.noticed = None
                connection.execute("COMMIT")
            except (psycopg.Error, StorageAway) as error:
                connection.close()
                self._wait(error)
                continue
            if connection.noticed is not None:
                connection.close()
                self._wait(Unknown(connection.noticed))
                continue
            self.last = own
            return written[own]
