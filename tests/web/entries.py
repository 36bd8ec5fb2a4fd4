"""Pages of people who are logged in, each in a browser context of its own."""

from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, WebError

from ..server.process import PASSWORD
from .server import PageServer

WAIT_MS: Final = 15_000
_INDEX: Final = Path(__file__).parents[2] / "chatroom" / "web" / "index.html"
_IGNORED: Final = (
    "Failed to load resource:",
    "WebSocket connection to ",
    "Autofocus processing was blocked",  # something else has the focus already
)

needs_app: Final = pytest.mark.skipif(
    "app/main.js" not in _INDEX.read_text(), reason="index.html does not open the new page yet"
)


class Entries:
    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self.errors: Final[list[str]] = []
        """Exceptions and console messages. One about a failed request is no error."""

    def __call__(
        self, server: PageServer, name: str | None = None, route: str = "", **options: Any
    ) -> Page:
        """Open the page for another person.

        :param name: an account that has signed up; without it, nobody is logged in.
        :param options: of the browser context.
        """
        context = self._browser.new_context(base_url=server.url, **options)
        context.set_default_timeout(WAIT_MS)
        context.on("console", self._hear)
        context.on("weberror", self._catch)
        if name is not None:
            log_in(context, server, name)
        page = context.new_page()
        page.goto(f"/#/{route}")
        return page

    def close(self) -> None:
        for context in self._browser.contexts:
            context.close()

    def _hear(self, message: ConsoleMessage) -> None:
        if not message.text.startswith(_IGNORED):
            self.errors.append(f"{message.type}: {message.text}")

    def _catch(self, error: WebError) -> None:
        self.errors.append(str(error.error))


def log_in(context: BrowserContext, server: PageServer, name: str) -> None:
    """Log in by the cookie that the page uses."""
    headers = {"Chatroom-Token": "cookie", "Origin": server.url}
    body = {"name": name, "password": PASSWORD}
    answer = context.request.post(f"{server.url}/api/login", data=body, headers=headers)
    assert answer.ok, answer.text()
