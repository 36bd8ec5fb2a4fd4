from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from ..server.commands import ENVIRONMENT
from ..server.process import Server, running
from .clocks import Offset

SITE: Final = """
import time
from pathlib import Path

_offset, _time_ns = Path(__file__).with_name("offset_ms"), time.time_ns
time.time_ns = lambda: _time_ns() + int(_offset.read_text()) * 1_000_000
time.time = lambda: time.time_ns() / 1e9
"""
"""``sitecustomize``, which Python imports first."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server of the test's own."""
    with running(tmp_path) as server:
        yield server


@pytest.fixture
def offset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Offset:
    """The offset, at first 0, that servers started later add to the time."""
    directory = tmp_path / "site"
    directory.mkdir()
    (directory / "sitecustomize.py").write_text(SITE)
    offset = Offset(directory / "offset_ms")
    offset.set(0)
    monkeypatch.setitem(ENVIRONMENT, "PYTHONPATH", f"{directory}:{ENVIRONMENT['PYTHONPATH']}")
    return offset
