"""Reads: a few tasks, each with a connection and a thread of its own while it reads.

What waits is shared out among them, so that a crowd that comes at once is read for with few changes
of thread: each costs more than most reads.
"""

import logging
import math
import sqlite3
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Concatenate, Final, ParamSpec, TypeVar, cast

import attrs
import trio

from ...actors.gathering import gather
from ...errors import NoThread, StorageDamaged
from .connection import connect, use_to_read
from .damage import Damage, is_damage

logger = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

READERS: Final = 4
GATHER_PASSES: Final = 6
"""Passes of the loop in which more may come before a thread is woken: people who come back in a
crowd are read for together (a quarter more of them in a second), and alone it costs 0.1 ms."""
MOST: Final = 32
"""Reads done with one change of thread at most."""


@attrs.define(eq=False)
class _Read:
    query: Callable[[sqlite3.Connection], Any]
    result: Any = None
    error: Exception | None = None
    done: trio.Event = attrs.Factory(trio.Event)


class Readers:
    """Each read has a transaction of its own: one reply, one snapshot.

    All files are opened here: under load, when a read wants one, there may be none to be had.

    :raises sqlite3.Error: the file cannot be read.
    """

    def __init__(self, path: Path, damage: Damage) -> None:
        self._waiting: deque[_Read] = deque()
        self._idle = trio.lowlevel.ParkingLot()
        self._reading = 0
        self._ended = False
        self._damage = damage
        self._limiter = trio.CapacityLimiter(READERS)
        self._connections: list[sqlite3.Connection] = []
        try:
            for _ in range(READERS):
                self._connections.append(connect(path))
                use_to_read(self._connections[-1])
        except sqlite3.Error:
            self.close()
            raise

    @property
    def reading(self) -> bool:
        """Whether a read is in its thread now."""
        return self._reading > 0

    async def read(
        self,
        query: Callable[Concatenate[sqlite3.Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """What the query returns or raises; waits until :meth:`run` runs.

        :raises StorageDamaged: the file cannot be read there.
        :raises NoThread: it was not read; a later attempt may succeed.
        :raises trio.ClosedResourceError: it has ended.
        """
        if self._ended:
            raise trio.ClosedResourceError("the store has ended")
        read = _Read(lambda connection: query(connection, *args, **kwargs))
        self._waiting.append(read)
        self._idle.unpark()
        await read.done.wait()
        if read.error is not None:
            raise read.error
        return cast("T", read.result)

    async def run(self) -> None:
        """Until cancelled."""
        try:
            async with trio.open_nursery() as nursery:
                for connection in self._connections:
                    nursery.start_soon(self._work, connection)
        finally:
            self._ended = True
            while self._waiting:
                read = self._waiting.popleft()
                read.error = trio.ClosedResourceError("the store has ended")
                read.done.set()

    async def _work(self, connection: sqlite3.Connection) -> None:
        while True:
            while not self._waiting:
                await self._idle.park()
            await gather(self._waiting, MOST, passes=GATHER_PASSES)
            if not self._waiting:  # the others have them
                continue
            share = min(MOST, math.ceil(len(self._waiting) / (READERS - self._reading)))
            reads = [self._waiting.popleft() for _ in range(share)]
            self._reading += 1
            try:
                # Whoever waits is not left waiting: it is short, and is seen through.
                with trio.CancelScope(shield=True):
                    await trio.to_thread.run_sync(
                        _read_all, connection, reads, limiter=self._limiter
                    )
            except RuntimeError as error:  # _read_all raises nothing, so it was not started
                logger.error("cannot read: %s", error)
                for read in reads:
                    read.error = NoThread(f"cannot read now: {error}")
            finally:
                self._reading -= 1
                for read in reads:
                    self._finish(read)

    def _finish(self, read: _Read) -> None:
        if read.error is not None and is_damage(read.error):
            read.error = StorageDamaged(str(read.error))
            self._damage.note(read.error)
        read.done.set()

    def close(self) -> None:
        """When :meth:`run` has ended."""
        while self._connections:
            self._connections.pop().close()


def _read_all(connection: sqlite3.Connection, reads: Sequence[_Read]) -> None:
    for read in reads:
        try:
            connection.execute("BEGIN")
            try:
                read.result = read.query(connection)
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
        except Exception as error:  # the boundary of one read: it is its caller's
            read.error = error
