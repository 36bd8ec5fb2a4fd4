"""For all suites: Hypothesis draws the same examples in each run, so that failures are repeatable.

``HYPOTHESIS_PROFILE=soak`` draws new examples, and more of them.
"""

import inspect
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import attrs
import pytest
import trio
from hypothesis import settings
from trio.testing import MockClock

from chatroom.config import Config

from .builders import CONFIG, House, Ticking, open_house
from .faulty_store import FaultyStore
from .memory_store import MemoryStore
from .postgres_fixtures import database, empty_database, postgres

__all__ = ["database", "empty_database", "postgres"]

settings.register_profile("same", derandomize=True, deadline=None, database=None)
settings.register_profile("soak", max_examples=5000, deadline=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))


def run_in_virtual_time(main: Any, clock: MockClock | None = None, **more: Any) -> Any:
    return trio.run(main, clock=clock or MockClock(autojump_threshold=0), **more)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run a test in virtual time also where only its fixtures request ``autojump_clock``.

    pytest-trio looks at the parameters of the test alone.
    """
    for item in items:
        if (
            isinstance(item, pytest.Function)
            and "autojump_clock" in item.fixturenames
            and inspect.iscoroutinefunction(item.obj)
        ):
            item.add_marker(pytest.mark.trio(run=run_in_virtual_time))
    items[:] = _long_first(items, int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")))


def _long_first(items: list[pytest.Item], workers: int) -> list[pytest.Item]:
    """Let each worker begin with some of the modules that have tests marked as long, so that none
    is left to the end. Each worker gets one of as many equal parts of the list.

    A module stays whole, since its tests share fixtures. The longest is placed first, and each on
    the worker that has least to do so far.
    """
    modules: dict[Path, list[pytest.Item]] = {}
    for item in items:
        if item.get_closest_marker("long") is not None:
            modules.setdefault(item.path, []).append(item)
    parts: list[list[pytest.Item]] = [[] for _ in range(workers)]
    seconds = [0] * workers
    for module in sorted(modules.values(), key=_seconds, reverse=True):
        worker = seconds.index(min(seconds))
        parts[worker] += module
        seconds[worker] += _seconds(module)
    others = [item for item in items if item.get_closest_marker("long") is None]
    size = -(-len(items) // workers)
    found: list[pytest.Item] = []
    for part in parts:
        rest = size - len(part)
        found += part + others[:rest]
        others = others[rest:]
    return found


def _seconds(module: list[pytest.Item]) -> int:
    """Return how long the tests of a module take that are marked as long, about."""
    marks = [mark for item in module for mark in item.iter_markers("long")]
    return max(int(mark.args[0]) if mark.args else 20 for mark in marks)


# ---- a node; a module may override these fixtures


@pytest.fixture
def settings_of_the_node(request: pytest.FixtureRequest) -> dict[str, Any]:
    """The settings that ``@pytest.mark.config(name=value)`` of the test and its module change."""
    marks = reversed(list(request.node.iter_markers("config")))
    return {name: value for mark in marks for name, value in mark.kwargs.items()}


@pytest.fixture
def config(settings_of_the_node: dict[str, Any]) -> Config:
    return attrs.evolve(CONFIG, **settings_of_the_node)


@pytest.fixture
def clock() -> Callable[[], int]:
    return Ticking()


@pytest.fixture
async def store() -> MemoryStore:
    return FaultyStore()


@pytest.fixture
async def house(
    store: MemoryStore, config: Config, clock: Callable[[], int], autojump_clock: MockClock
) -> AsyncIterator[House]:
    async with open_house(store, config=config, clock=clock) as house:
        yield house
