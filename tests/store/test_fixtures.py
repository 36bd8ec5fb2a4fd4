"""Databases of earlier versions, opened by this version, keep their data.

For each version whose database can be upgraded, ``fixtures`` has a ``NAME.db``, and a ``NAME.json``
with what its clients saw. :mod:`.fixtures.make` creates both, and documents how.
"""

import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trio
from trio.testing import memory_stream_pair

from chatroom.clock import Clock
from chatroom.config import Config
from chatroom.node import Node
from chatroom.store.sqlite.integrity import faults

from ..client import Client, Json, websocket
from .fixtures.make import look
from .room_log import opened

FIXTURES = sorted((Path(__file__).parent / "fixtures").glob("*.db"))


@pytest.fixture(params=FIXTURES, ids=[path.stem for path in FIXTURES])
def database(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


class Site:
    """A node on a copy of a fixture, with a clock at the time of its creation."""

    def __init__(self, node: Node, nursery: trio.Nursery, fixture: Json) -> None:
        self._node, self._nursery = node, nursery
        self.fixture = fixture

    @asynccontextmanager
    async def session(self, person: str) -> AsyncIterator[Client]:
        ours, theirs = memory_stream_pair()
        self._nursery.start_soon(self._node.admission.handle, theirs, "192.0.2.1")
        async with websocket(ours) as client:
            await client.connect(self.fixture["tokens"][person])
            yield client


@asynccontextmanager
async def serving(database: Path, directory: Path) -> AsyncIterator[Site]:
    fixture = json.loads(database.with_suffix(".json").read_text())
    if not (directory / "chatroom.db").exists():
        shutil.copyfile(database, directory / "chatroom.db")
    async with opened(directory) as store, trio.open_nursery() as nursery:
        config = Config(data=directory, rate_limits="off")
        node = Node(config, store, clock=Clock(lambda: fixture["now"], None))
        await nursery.start(node.run)
        yield Site(node, nursery, fixture)
        nursery.cancel_scope.cancel()


def shown_then(now: Any, then: Any) -> Any:
    """Return the parts of a reply of this version that the earlier version had too, without
    presence."""
    if isinstance(now, dict) and isinstance(then, dict):
        return {
            name: value if name in ("epoch", "online") else shown_then(now.get(name), value)
            for name, value in then.items()
        }
    if isinstance(now, list) and isinstance(then, list) and len(now) == len(then):
        return [shown_then(*pair) for pair in zip(now, then, strict=True)]
    return now


async def test_old_database_keeps_all_data(database: Path, tmp_path: Path) -> None:
    async with serving(database, tmp_path) as site:
        for person, then in site.fixture["seen"].items():
            async with site.session(person) as client:
                assert shown_then(await look(client), then) == then
    assert faults(tmp_path) == []


async def test_old_database_keeps_cursors_and_accepts_messages(
    database: Path, tmp_path: Path
) -> None:
    """At the second start the database has the current schema."""
    for life in range(2):
        async with serving(database, tmp_path) as site, site.session("alice") as alice:
            for cursor in site.fixture["cursors"]:
                room = cursor["room"]
                missed = await alice.call("subscribe", **cursor)
                assert (missed["recovered"], missed["hasMore"]) == (True, False)
                then = site.fixture["seen"]["alice"]["rooms"][room]["history"]
                changed = [m for m in then["messages"] if m["rev"] > cursor["sinceRev"]]
                changed.sort(key=lambda message: message["rev"])
                assert shown_then(missed["messages"][: len(changed)], changed) == changed
                assert len(missed["messages"]) == len(changed) + life
                sent = await alice.call(
                    "sendMessage", room=room, text="today", clientId=f"{life}{room}"
                )
                assert sent["seq"] == then["headSeq"] + 1 + life
            repeated = await alice.call(
                "sendMessage", room="general", text="text 39", clientId="a39"
            )
            assert repeated["duplicate"]
    assert faults(tmp_path) == []
