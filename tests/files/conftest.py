"""A node with files in a directory of the test, in this process and in real time."""

from pathlib import Path
from typing import Any

import attrs
import pytest
import trio

from chatroom.clock import Clock, boot_id
from chatroom.config import FILES_DIRECTORY

from ..session.node_harness import World
from .tus import Sender


@attrs.define
class Hours:
    """A clock in ms that stands still until a test moves it."""

    now: int = 1_700_000_000_000

    def __call__(self) -> int:
        return self.now

    def pass_(self, hours: float) -> None:
        self.now += round(hours * 3_600_000)


@pytest.fixture
def hours() -> Hours:
    return Hours()


@pytest.fixture
async def world(
    nursery: trio.Nursery, tmp_path: Path, hours: Hours, settings_of_the_node: dict[str, Any]
) -> World:
    settings = {"data": tmp_path, "rate_limits": "off", **settings_of_the_node}
    return await World.start(nursery, clock=Clock(hours, None), **settings)


@pytest.fixture
async def alice(world: World) -> Sender:
    return Sender(world.http, await world.token("alice"))


@pytest.fixture
async def bob(world: World) -> Sender:
    return Sender(world.http, await world.token("bob"))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / FILES_DIRECTORY


def partial_in(root: Path) -> Path:
    """Return the directory of what has arrived of uploads."""
    return root / "partial" / boot_id()


def on_disk(root: Path) -> dict[str, int]:
    """Return the files below a directory, by their place, with their sizes."""
    return {
        str(path.relative_to(root)): path.stat().st_size
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }
