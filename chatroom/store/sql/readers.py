"""Reads: a few tasks, each with its own connection, that read in threads.

Half of the tasks do only short reads. The others prefer long reads, and do short ones if no long
one waits. So neither kind waits for the other: see :mod:`.read_queues`. Waiting reads are divided
among the tasks. Each task does a batch of them in one switch to a thread, because a switch costs
more than most reads.
"""

import logging
import math
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Concatenate, Final, ParamSpec, TypeVar, cast

import trio

from ...actors.batching import gather
from ...errors import NoThread, StorageDamaged
from .connection import Connection
from .damage import Damage
from .read_queues import (
    Lane,
    LongLane,
    PendingRead,
    ShortLane,
)
from .threads import InThread, wait_for

logger = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

SHORT_READERS: Final = 2
LONG_READERS: Final = 2
GATHER_PASSES: Final = 6
"""Passes of the loop in which more reads may arrive before a thread is woken. With many clients
that reconnect at once, a quarter more are served per second; a single read is delayed by 0.1 ms."""
MAX_BATCH_READS: Final = 32
"""Reads done in one switch to a thread."""
MAX_BATCH_S: Final = 0.002
"""Time after which a thread begins no further read, since the finished ones wait for it."""


class Readers:
    """Runs reads. Each has its own transaction, so that one reply is of one snapshot.

    :param connections: :data:`SHORT_READERS` and :data:`LONG_READERS`.
    :param begin: the statement that begins a transaction.
    :param explain: returns what a caller gets for an error.
    """

    def __init__(
        self,
        connections: Sequence[Connection],
        damage: Damage,
        in_thread: InThread,
        *,
        begin: str,
        explain: Callable[[Exception], Exception],
    ) -> None:
        self._begin = begin
        self._explain = explain
        self._short = ShortLane()
        self._long = LongLane()
        self._idle_short = trio.lowlevel.ParkingLot()
        self._idle_long = trio.lowlevel.ParkingLot()
        self._reading = 0
        self._ended = False
        self._damage = damage
        self._in_thread = in_thread
        self._connections = list(connections)

    @property
    def reading(self) -> bool:
        """Whether a thread is reading."""
        return self._reading > 0

    @property
    def waiting(self) -> dict[str, int]:
        """Reads that no thread has taken, by the queue that they wait in."""
        return {"short_reads": self._short.waiting, "long_reads": self._long.waiting}

    async def read(
        self,
        query: Callable[Concatenate[Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run a short query. Return its result, or raise its exception. Waits until :meth:`run`
        runs.

        :raises StorageDamaged: the query reads a damaged page.
        :raises NoThread: no thread could be started; a later attempt may succeed.
        :raises trio.ClosedResourceError: the store has ended.
        """
        read = PendingRead(lambda connection: query(connection, *args, **kwargs))
        return cast("T", await self._wait(self._short, read))

    async def read_long(
        self,
        asker: str,
        query: Callable[Concatenate[Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run a query that may take long, one at a time for each asker. Otherwise like
        :meth:`read`."""
        read = PendingRead(lambda connection: query(connection, *args, **kwargs), asker)
        return cast("T", await self._wait(self._long, read))

    async def _wait(self, lane: Lane, read: PendingRead) -> object:
        if self._ended:
            raise trio.ClosedResourceError("the store has ended")
        lane.add(read)
        self._wake(lane)
        await read.done.wait()
        if read.error is not None:
            raise read.error
        return read.result

    def _wake(self, lane: Lane) -> None:
        if lane is self._short and self._idle_short:
            self._idle_short.unpark()
        else:
            self._idle_long.unpark()

    async def run(self) -> None:
        """Serve reads until cancelled."""
        try:
            async with trio.open_nursery() as nursery:
                for number, connection in enumerate(self._connections):
                    if number < SHORT_READERS:
                        lanes: tuple[Lane, ...] = (self._short,)
                        idle = self._idle_short
                    else:
                        lanes, idle = (self._long, self._short), self._idle_long
                    nursery.start_soon(self._work, connection, lanes, idle)
        finally:
            self._ended = True
            for read in (*self._short.clear(), *self._long.clear()):
                read.error = trio.ClosedResourceError("the store has ended")
                read.done.set()

    async def _work(
        self, connection: Connection, lanes: Sequence[Lane], idle: trio.lowlevel.ParkingLot
    ) -> None:
        """Serve reads with one connection.

        :param lanes: the lanes to serve, in order of preference.
        """
        while True:
            lane = next(filter(len, lanes), None)
            if lane is None:
                await idle.park()
                continue
            await gather(lane, MAX_BATCH_READS, passes=GATHER_PASSES)
            free = SHORT_READERS + LONG_READERS - self._reading
            if lane is self._long:
                free = min(free, LONG_READERS)
            reads = lane.take(min(MAX_BATCH_READS, math.ceil(len(lane) / free)))
            if reads:  # otherwise other tasks have taken them
                await self._read(connection, lane, reads)

    async def _read(self, connection: Connection, lane: Lane, reads: Sequence[PendingRead]) -> None:
        done = len(reads)
        self._reading += 1
        try:
            # Not cancelled, because other tasks wait for these reads. It is short.
            done = await wait_for(
                partial(_read_batch, connection, reads, self._begin), self._in_thread
            )
        except RuntimeError as error:  # no thread was started: _read_batch raises nothing
            logger.error("cannot read: %s", error)
            for read in reads:
                read.error = NoThread(f"cannot read now: {error}")
        finally:
            self._reading -= 1
            lane.settle(reads[:done], reads[done:])
            for read in reads[:done]:
                self._finish(read)
            if lane:
                self._wake(lane)

    def _finish(self, read: PendingRead) -> None:
        if read.error is not None:
            read.error = self._explain(read.error)
            if isinstance(read.error, StorageDamaged):
                self._damage.note(read.error)
        read.done.set()

    def close(self) -> None:
        """Close the connections, after :meth:`run` has ended."""
        while self._connections:
            self._connections.pop().close()


def _read_batch(connection: Connection, reads: Sequence[PendingRead], begin: str) -> int:
    """Do reads in order for up to :data:`MAX_BATCH_S`, but at least one. Return their number."""
    end = time.perf_counter() + MAX_BATCH_S
    for number, read in enumerate(reads):
        if number and time.perf_counter() > end:
            return number
        try:
            connection.execute(begin)
            try:
                read.result = read.query(connection)
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
        except Exception as error:  # the caller of this read gets it
            read.error = error
    return len(reads)
