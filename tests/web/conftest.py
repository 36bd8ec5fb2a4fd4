"""Fixtures: Chromium driven by Playwright, and a server process shared by the tests."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from playwright.sync_api import Browser, Playwright, expect, sync_playwright

from ..server.process import reserved_address
from .pages import Pages
from .server import PageServer
from .visits import WAIT_MS, Visits


@pytest.fixture(scope="package")
def portal() -> Iterator[BlockingPortal]:
    """Trio in a thread, for the clients of other people."""
    with start_blocking_portal("trio") as portal:
        yield portal


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    """Playwright's event loop occupies the thread, so the scope ends with these tests."""
    expect.set_options(timeout=WAIT_MS)
    with sync_playwright() as playwright:
        yield playwright


@contextmanager
def launched(playwright: Playwright, program: str) -> Iterator[Browser]:
    path = shutil.which(program)
    assert path, f"there is no {program} here: apt-get install {program}"
    browser = playwright.chromium.launch(executable_path=path)
    yield browser
    browser.close()


@pytest.fixture(scope="package")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """Chromium without the browser around it, which takes half of the CPU."""
    with launched(playwright, "chromium-headless-shell") as browser:
        yield browser


@pytest.fixture(scope="package")
def pages(browser: Browser) -> Pages:
    return Pages(browser)


@pytest.fixture
def visit(pages: Pages) -> Iterator[Visits]:
    """A function that opens the page for another person.

    A test names its server before it, so that the server ends after the pages, which may still load
    modules.
    """
    visits = Visits(pages)
    yield visits
    visits.close()
    assert visits.errors == []


@contextmanager
def serving(
    directory: Path, portal: BlockingPortal, *options: str, address: str | None = None
) -> Iterator[PageServer]:
    server = PageServer(directory, portal, *options, address=address)
    try:
        server.start()
        yield server
    finally:
        server.clean_up()


@pytest.fixture(scope="package")
def own_address() -> str:
    """The address of servers of single tests. The browser has the page's files from there."""
    return reserved_address()


@pytest.fixture
def server(tmp_path: Path, portal: BlockingPortal, own_address: str) -> Iterator[PageServer]:
    with serving(tmp_path, portal, address=own_address) as server:
        yield server


@pytest.fixture(scope="package")
def shared_address() -> str:
    """The address of servers of whole modules, likewise."""
    return reserved_address()


@pytest.fixture(scope="module")
def shared(
    tmp_path_factory: pytest.TempPathFactory, portal: BlockingPortal, shared_address: str
) -> Iterator[PageServer]:
    """A server for the tests of a module that do not stop it, and whose names differ."""
    directory = tmp_path_factory.mktemp("shared")
    with serving(directory, portal, address=shared_address) as server:
        yield server
