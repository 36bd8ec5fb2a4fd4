from collections.abc import Iterator
from pathlib import Path

import pytest

from ..server.process import Server, running


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server of the test's own."""
    with running(tmp_path) as server:
        yield server
