"""A node on a database file, with connections in memory, and a gate before its commits."""

import sqlite3
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import attrs
import pytest
import trio

from chatroom.clock import Clock
from chatroom.config import Config
from chatroom.node import Node
from chatroom.store.sqlite import SqliteStore

from ..client import DEADLINE_S
from ..faulty_connection import gated
from ..session.node_harness import Port, now_ms


@attrs.frozen
class Site(Port):
    """A node, and perhaps another one on the same store."""

    store: SqliteStore
    other: Port | None = None


@asynccontextmanager
async def serving(
    directory: Path, factory: type[sqlite3.Connection] = sqlite3.Connection, *, nodes: int = 1
) -> AsyncIterator[Site]:
    store = SqliteStore.open(directory, factory=factory)
    try:
        async with trio.open_nursery() as writing:
            await writing.start(store.run)
            config = Config(
                data=directory,
                rate_limits="off",
                unread_interval_ms=0,
                inbox_idle_s=0,
                presence_grace_s=0,
            )
            async with trio.open_nursery() as acting:
                ports = []
                for _ in range(nodes):
                    node = Node(config, store, clock=Clock(now_ms, None), alone=nodes == 1)
                    await acting.start(node.run)
                    ports.append(Port(node, acting))
                yield Site(ports[0].node, acting, store, ports[1] if nodes > 1 else None)
                acting.cancel_scope.cancel()
            writing.cancel_scope.cancel()
    finally:
        store.close()


class Gate:
    """Blocks the writer's thread before a COMMIT. ``held``: a commit is waiting."""

    def __init__(self) -> None:
        self.held = threading.Event()
        self.open = threading.Event()
        self.open.set()

    async def reached(self) -> None:
        """Wait for a commit, in real time whatever the clock of the loop."""
        assert await trio.to_thread.run_sync(self.held.wait, DEADLINE_S)

    @contextmanager
    def closed(self) -> Iterator[None]:
        self.held.clear()
        self.open.clear()
        try:
            yield
        finally:
            self.open.set()

    def wait(self) -> None:
        if not self.open.is_set():
            self.held.set()
            self.open.wait()


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
async def site(tmp_path: Path, gate: Gate) -> AsyncIterator[Site]:
    async with serving(tmp_path, gated(gate.wait)) as site:
        yield site
