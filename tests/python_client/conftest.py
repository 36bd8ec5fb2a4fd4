from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import trio
from trio.testing import MockClock

from ..server.process import Server, running
from .network import Network, StartNetwork


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run tests that use the network in memory under a virtual clock."""
    for item in items:
        if "start_network" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.trio(run=_run_in_virtual_time))


def _run_in_virtual_time(*args: Any, **options: Any) -> Any:
    return trio.run(*args, **{**options, "clock": MockClock(autojump_threshold=0)})


@pytest.fixture
async def start_network(nursery: trio.Nursery) -> StartNetwork:
    """A function that starts a network, in virtual time."""
    return partial(Network.start, nursery)


@pytest.fixture
async def network(start_network: StartNetwork) -> Network:
    """A network without rate limits, in virtual time."""
    return await start_network(rate_limits="off")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server for one test, which may kill and restart it."""
    with running(tmp_path) as server:
        yield server
