from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import trio

from ..network.proxy import Proxy
from ..server.process import Server, running
from .interface import Clients
from .javascript import JavaScriptClients, open_driver
from .python import PythonClients
from .seed import SEED


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server for one test, which may kill and restart it."""
    with running(tmp_path) as server:
        yield server


@pytest.fixture
async def proxy(server: Server, nursery: trio.Nursery) -> Proxy:
    proxy = Proxy(SEED, upstream=server.address)
    await nursery.start(proxy.run)
    return proxy


@pytest.fixture(params=["python", "javascript"])
async def clients(request: pytest.FixtureRequest) -> AsyncIterator[Clients]:
    if request.param == "python":
        yield PythonClients()
    else:
        async with open_driver() as driver:
            yield JavaScriptClients(driver)
