from collections.abc import Iterator
from pathlib import Path

import pytest
import trio

from ..server.process import Server, running
from .network import Network


@pytest.fixture
async def network(nursery: trio.Nursery) -> Network:
    """To a node without rate limits; tests take ``autojump_clock`` too."""
    return await Network.start(nursery, rate_limits="off")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server of the test's own, to kill and start."""
    with running(tmp_path) as server:
        yield server
