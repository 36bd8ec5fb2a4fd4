"""A server as a process of its own, and a browser, which all tests share: its people do not."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ..server.process import Server, lasting_address
from .browser import Browser, browsing, chromium


class PageServer(Server):
    """Started again, it has the same address."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory, "--listen", lasting_address(), "--rate-limits", "off")

    @property
    def url(self) -> str:
        host, port = self.address
        return f"http://{host}:{port}"


@contextmanager
def _serving(directory: Path) -> Iterator[PageServer]:
    server = PageServer(directory)
    try:
        server.start()
        yield server
    finally:
        server.clean_up()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[PageServer]:
    with _serving(tmp_path) as server:
        yield server


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PageServer]:
    """For tests that let it run, and whose people and rooms have names of their own."""
    with _serving(tmp_path_factory.mktemp("shared")) as server:
        yield server


@pytest.fixture(scope="session")
def browser_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with chromium(tmp_path_factory.mktemp("chromium")) as address:
        yield address


@pytest.fixture
async def browser(browser_address: str) -> AsyncIterator[Browser]:
    async with browsing(browser_address) as browser:
        yield browser
        assert browser.troubles == []
