"""A running store, with files and threads as in the server, and a closed one."""

import random
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

import pytest
import trio

from chatroom.store.postgres import PostgresStore, posts
from chatroom.store.sql import erasures, integrity, messages, sent_spans
from chatroom.store.sqlite import SqliteStore
from chatroom.store.store import Store

from .room_log import fill, opened, running

SMALL_SPAN = 4


@pytest.fixture
def small_spans(monkeypatch: pytest.MonkeyPatch) -> int:
    """Count sent messages by spans of so few seqs that short logs have several."""
    for module in (erasures, messages, posts, sent_spans):
        monkeypatch.setattr(module, "SPAN_SEQS", SMALL_SPAN)
    query = sent_spans.wrong_spans(SMALL_SPAN)
    monkeypatch.setitem(
        cast("dict[str, str]", integrity.WRONG_ROOMS),
        "its counts of sent messages by span are wrong",
        query,
    )
    return SMALL_SPAN


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test of the contract with each engine: one whose ``store`` is any :class:`.Store`."""
    if metafunc.function.__annotations__.get("store") is Store:
        metafunc.parametrize("engine", ["sqlite", "postgres"], indirect=True)


@pytest.fixture
def engine(request: pytest.FixtureRequest) -> str:
    """The engine of :func:`store`."""
    name: str = getattr(request, "param", "sqlite")
    return name


@pytest.fixture
async def store(
    engine: str, tmp_path: Path, request: pytest.FixtureRequest
) -> AsyncIterator[SqliteStore | PostgresStore]:
    if engine == "sqlite":
        async with opened(tmp_path) as made:
            yield made
    else:
        async with running(PostgresStore.open(request.getfixturevalue("empty_database"))) as made:
            yield made


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("filled") / "data"
    trio.run(fill, directory)
    return directory


@pytest.fixture
def data(filled: Path, tmp_path: Path) -> Path:
    """A directory with a closed database, made by :func:`.room_log.fill`."""
    return shutil.copytree(filled, tmp_path / "data")


@pytest.fixture(params=range(6), ids=lambda seed: f"seed{seed}")
def dice(request: pytest.FixtureRequest) -> random.Random:
    """A random generator for reproducible histories. The seed is in the test's id."""
    return random.Random(request.param)  # noqa: S311 (not a secret)
