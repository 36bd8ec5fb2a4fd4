from collections.abc import Iterator
from pathlib import Path

import pytest

from .failing_server import FailingServer, failing_server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[FailingServer]:
    """A running server on a directory of the test's own."""
    with failing_server(tmp_path) as server:
        server.start()
        yield server
