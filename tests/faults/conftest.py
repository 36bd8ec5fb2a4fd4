"""A whole node on a real file, with connections in memory."""

from collections.abc import AsyncIterator
from pathlib import Path

import attrs
import pytest
import trio

from chatroom.config import Config
from chatroom.node import Node
from chatroom.store.sqlite import SqliteStore

from ..session.world import Port, now_ms


@attrs.frozen
class Site(Port):
    store: SqliteStore


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    store = SqliteStore.open(tmp_path)
    try:
        async with trio.open_nursery() as writing:
            await writing.start(store.run)
            config = Config(data=tmp_path, rate_limits="off", unread_interval_ms=0)
            node = Node(config, store, clock=now_ms)
            async with trio.open_nursery() as acting:
                await acting.start(node.run)
                yield Site(node, acting, store)
                acting.cancel_scope.cancel()
            writing.cancel_scope.cancel()
    finally:
        store.close()
