"""A running store, with files and threads as in the server."""

import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from chatroom.store.sqlite import SqliteStore

from .room_log import opened


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    async with opened(tmp_path) as made:
        yield made


@pytest.fixture(params=range(6), ids=lambda seed: f"seed{seed}")
def dice(request: pytest.FixtureRequest) -> random.Random:
    """A random generator for reproducible histories. The seed is in the test's id."""
    return random.Random(request.param)  # noqa: S311 (not a secret)
