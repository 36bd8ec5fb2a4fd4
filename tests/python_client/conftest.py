from collections.abc import Iterator
from pathlib import Path

import pytest
import trio

from ..server.process import Server, running
from .network import Network


@pytest.fixture
async def network(nursery: trio.Nursery) -> Network:
    """A network with a node without rate limits. Tests also request ``autojump_clock``."""
    return await Network.start(nursery, rate_limits="off")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server for one test, which may kill and restart it."""
    with running(tmp_path) as server:
        yield server
