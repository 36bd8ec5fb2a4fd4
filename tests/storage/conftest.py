from collections.abc import Iterator
from pathlib import Path

import pytest

from .failing_server import FailingServer


@pytest.fixture
def server(tmp_path: Path) -> Iterator[FailingServer]:
    """A running server on a directory of the test's own."""
    with FailingServer(tmp_path).running() as server:
        yield server
