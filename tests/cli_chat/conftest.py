from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from ..server.process import Server, reserved_address, running
from .server import Place

_suffixes = count(1)


@pytest.fixture(scope="session")
def shared_chat_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("chat")) as server:
        yield server


@pytest.fixture
def place(shared_chat_server: Server, tmp_path: Path) -> Place:
    """A shared server, for tests that only need a running one. Names are unique to the test."""
    return Place(shared_chat_server, f"-{next(_suffixes)}", home=tmp_path)


@pytest.fixture
def own_place(tmp_path: Path) -> Iterator[Place]:
    """A server for one test, which may stop it and restart it on the same port."""
    with running(tmp_path, "--listen", reserved_address()) as server:
        yield Place(server, "", home=tmp_path)
