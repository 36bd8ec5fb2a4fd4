from collections.abc import Iterator
from pathlib import Path

import pytest

from .failing_server import DoomedServer, doomed


@pytest.fixture
def server(tmp_path: Path) -> Iterator[DoomedServer]:
    """A running server on a directory of the test's own."""
    with doomed(tmp_path) as server:
        server.start()
        yield server
