"""The page's cookie in a real browser: what scripts of this page and of others can do with it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from anyio.from_thread import BlockingPortal
from playwright.sync_api import Browser, Page

from ..server.process import PASSWORD
from .server import PageServer

ASK: Final = """
async ([method, url, body, headers]) => {
    const json = { 'Content-Type': 'application/json', ...headers };
    const request = { method, headers: json, credentials: 'include' };
    if (body) request.body = JSON.stringify(body);
    try {
        const answer = await fetch(url, request);
        return [answer.status, await answer.json().catch(() => null)];
    } catch {
        return 'blocked';
    }
}
"""
CONNECT: Final = """
(url) => new Promise((done) => {
    const socket = new WebSocket(url);
    const call = { jsonrpc: '2.0', id: 1, method: 'connect', params: {} };
    socket.onopen = () => socket.send(JSON.stringify(call));
    socket.onmessage = ({ data }) => done(JSON.parse(data).result?.user.name ?? null);
    socket.onclose = ({ code }) => done(code);
})
"""

SIMPLE: Final = """
(url) => fetch(url, { method: 'POST', mode: 'no-cors', credentials: 'include' }).catch(() => {})
"""


@pytest.fixture
def tab(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    yield context.new_page()
    context.close()


def ask(tab: Page, server: PageServer, method: str, path: str, body: Any = None) -> Any:
    url, headers = server.url + path, {"Chatroom-Token": "cookie"}
    return tab.evaluate(ASK, [method, url, body, headers])


def who(tab: Page, server: PageServer) -> Any:
    return tab.evaluate(CONNECT, f"{server.url.replace('http', 'ws')}/ws")


@contextmanager
def second_server(directory: Path, portal: BlockingPortal) -> Iterator[PageServer]:
    server = PageServer(directory, portal)
    try:
        server.start()
        yield server
    finally:
        server.clean_up()


def test_page_with_a_cookie(
    server: PageServer, portal: BlockingPortal, tmp_path: Path, tab: Page
) -> None:
    tab.goto(f"{server.url}/login")
    body = {"name": "alice", "password": PASSWORD}
    [status, answer] = ask(tab, server, "POST", "/api/signup", body)
    assert (status, list(answer)) == (201, ["user"])
    assert tab.evaluate("document.cookie") == ""
    assert who(tab, server) == "alice"
    [status, answer] = ask(tab, server, "GET", "/api/tokens")
    assert (status, len(answer["tokens"])) == (200, 1)
    tab.reload()
    assert who(tab, server) == "alice"
    server.stop()
    server.start()
    assert who(tab, server) == "alice"
    tab.goto(f"{server.url}/r/general")
    assert who(tab, server) == "alice"

    (tmp_path / "second").mkdir()
    with second_server(tmp_path / "second", portal) as second:
        # A page on another port is of the same site, so its requests bring the cookie.
        tab.goto(f"{second.url}/healthz")
        assert ask(tab, server, "GET", "/api/tokens") == "blocked"
        assert ask(tab, server, "POST", "/api/logout") == "blocked"
        assert who(tab, server) == 1006
        # A request that needs no consent arrives without the header, and changes nothing.
        tab.evaluate(SIMPLE, f"{server.url}/api/logout")
        tab.goto(f"{second.url}/")
        assert ask(tab, second, "POST", "/api/signup", {**body, "name": "bob"})[0] == 201
        assert who(tab, second) == "bob"
        tab.goto(f"{server.url}/")
        assert who(tab, server) == "alice"
    assert ask(tab, server, "POST", "/api/logout") == [204, None]
    assert who(tab, server) is None
