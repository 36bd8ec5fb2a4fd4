"""A machine that a node runs on for years: its clocks, its disk, and the store on it.

Time is virtual. The machine's clocks run :data:`SPEED` times as fast as the loop's, so that a day
takes 180 s of the loop, in which housekeeping runs three times. At 60 times, tasks that run once a
second of the loop would take a third of the CPU.
"""

import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import trio

from chatroom.clock import DAY_MS, Clock
from chatroom.config import Config
from chatroom.consumers.search_indexer import search_consumer
from chatroom.node import Node
from chatroom.store.sqlite import SqliteStore

from ..builders import House
from ..faulty_connection import FaultyConnection
from ..memory_store import inline
from ..model.disk import copy_after_kill
from ..session.node_harness import OFFLINE

SPEED: Final = 480
DAY_S: Final = DAY_MS / 1000 / SPEED
"""Seconds of the loop."""
BEGIN_MS: Final = 1_800_000_000_000
BOOT: Final = "one boot"


class Machine:
    """:ivar directory: has the data directory, which has another name after each kill.
    :ivar full: the disk has no space.
    :ivar ahead_ms: how far the wall clock is ahead of what it should show.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.full = False
        self.ahead_ms = 0
        self._lives = 0
        machine = self

        class OnThisDisk(FaultyConnection):
            def commit_group(self) -> sqlite3.Cursor:
                if machine.full:
                    error = sqlite3.OperationalError("database or disk is full")
                    error.sqlite_errorcode = sqlite3.SQLITE_FULL
                    raise error
                return super().commit_group()

        self._factory: Final = OnThisDisk

    @property
    def data(self) -> Path:
        return self.directory / f"life-{self._lives}"

    def steady(self) -> int:
        return round(trio.current_time() * 1000 * SPEED)

    def wall(self) -> int:
        return BEGIN_MS + self.steady() + self.ahead_ms

    def kill(self) -> None:
        """Keep only what the files have now. No node may run on them any more."""
        before = self.data
        self._lives += 1
        copy_after_kill(before, self.data)
        shutil.rmtree(before)

    @asynccontextmanager
    async def running(self, config: Config) -> AsyncIterator[House]:
        """Run a node on the disk. At the end of the block it is stopped."""
        store = SqliteStore.open(self.data, factory=self._factory, in_thread=inline(0))
        try:
            async with trio.open_nursery() as writing:
                await writing.start(store.run)
                state = await store.clock_state()
                node = Node(
                    config,
                    store,
                    clock=Clock(self.wall, self.steady, boot=BOOT, state=state),
                    consumers=[search_consumer(store, cpu_s=lambda: 0.0)],
                    make_push=OFFLINE,
                )
                async with trio.open_nursery() as acting:
                    await acting.start(node.run)
                    yield House(node, acting)
                    acting.cancel_scope.cancel()
                writing.cancel_scope.cancel()
        finally:
            store.close()
