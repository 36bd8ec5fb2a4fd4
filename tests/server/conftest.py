from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from .process import Server, running
from .shared_server import Site

_suffixes = count(1)


@pytest.fixture(scope="session")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("shared")) as server:
        yield server


@pytest.fixture
def site(shared_server: Server) -> Site:
    """A part of a shared server, for tests that only need a running one."""
    return Site(shared_server, str(next(_suffixes)))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server of the test's own, which it may stop and start."""
    with running(tmp_path) as server:
        yield server
