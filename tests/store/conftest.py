"""Both stores, for the contract; the SQLite one alone, for what only a file can do."""

import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from chatroom.store.memory import MemoryStore
from chatroom.store.sqlite import SqliteStore
from chatroom.store.store import Store

from .room_log import opened


@pytest.fixture(params=["memory", "sqlite"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    if request.param == "memory":
        yield MemoryStore()
        return
    async with opened(tmp_path) as made:
        yield made


@pytest.fixture
async def sqlite(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    async with opened(tmp_path) as made:
        yield made


@pytest.fixture(params=range(6), ids=lambda seed: f"seed{seed}")
def dice(request: pytest.FixtureRequest) -> random.Random:
    """For histories that can be had again: the seed is in the test's id."""
    return random.Random(request.param)  # noqa: S311 (not a secret)
