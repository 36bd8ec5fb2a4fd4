"""Pages in the browser, each in its own context per person, and errors in them."""

from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, ConsoleMessage, WebError, expect

from .chat_page import ChatPage
from .server import PageServer

FAULTS: Final = Path(__file__).with_name("faulty_connection.js").read_text()
"""An ``init_script`` that makes the connection misbehave on request."""
WAIT_MS: Final = 30_000
"""Timeout for changes without a user's action. A page may wait half of it before it reconnects."""
_FAILED_REQUEST: Final = ("Failed to load resource:", "WebSocket connection to ")


class Visits:
    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self.errors: Final[list[str]] = []
        """Unexpected dialogs, exceptions and console messages, including those of the Content
        Security Policy. A console message about a failed request is not an error."""

    def __call__(
        self,
        server: PageServer,
        token: str | None = None,
        room: str = "",
        *,
        init_script: str | None = None,
    ) -> ChatPage:
        """Open the page for another person, in a new browser context.

        :param token: token of a person who has logged in before; without it, the page shows the
            log-in form.
        :param init_script: runs before the scripts of each document.
        """
        context = self._browser.new_context(base_url=server.url)
        context.set_default_timeout(WAIT_MS)
        context.on("console", self._hear)
        context.on("weberror", self._catch)
        if init_script is not None:
            context.add_init_script(init_script)
        chat = ChatPage(context.new_page(), self.errors)
        if token:
            chat.tab.goto("/healthz")  # any address of the server, without the page's scripts
            chat.tab.evaluate("token => localStorage.setItem('chatroom.token', token)", token)
        chat.go_to(room)
        if token:
            expect(chat.me).not_to_be_empty()
        return chat

    def close(self) -> None:
        for context in self._browser.contexts:
            context.close()

    def _hear(self, message: ConsoleMessage) -> None:
        if not message.text.startswith(_FAILED_REQUEST):
            self.errors.append(f"{message.type}: {message.text}")

    def _catch(self, error: WebError) -> None:
        self.errors.append(str(error.error))
