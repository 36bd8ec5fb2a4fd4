"""Fixtures: Chromium driven by Playwright, and a server process shared by the tests."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from playwright.sync_api import Browser, expect, sync_playwright

from .server import PageServer
from .visits import WAIT_MS, Visits


@pytest.fixture(scope="package")
def portal() -> Iterator[BlockingPortal]:
    """Trio in a thread, for the clients of other people."""
    with start_blocking_portal("trio") as portal:
        yield portal


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Playwright's event loop occupies the thread, so the scope ends with these tests."""
    program = shutil.which("chromium")
    assert program, "there is no chromium here: apt-get install chromium"
    expect.set_options(timeout=WAIT_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program)
        yield browser
        browser.close()


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visits]:
    """A function that opens the page for another person."""
    visits = Visits(browser)
    yield visits
    visits.close()
    assert visits.errors == []


@contextmanager
def serving(directory: Path, portal: BlockingPortal, *options: str) -> Iterator[PageServer]:
    server = PageServer(directory, portal, *options)
    try:
        server.start()
        yield server
    finally:
        server.clean_up()


@pytest.fixture
def server(tmp_path: Path, portal: BlockingPortal) -> Iterator[PageServer]:
    with serving(tmp_path, portal) as server:
        yield server


@pytest.fixture(scope="module")
def shared(
    tmp_path_factory: pytest.TempPathFactory, portal: BlockingPortal
) -> Iterator[PageServer]:
    """A server for the tests of a module that do not stop it, and whose names differ."""
    with serving(tmp_path_factory.mktemp("shared"), portal) as server:
        yield server
