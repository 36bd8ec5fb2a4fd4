"""Pages in the browser, each in its own context per person, and errors in them."""

from typing import Any, Final

from playwright.sync_api import Browser, ConsoleMessage, WebError, expect

from .chat_page import ChatPage
from .server import PageServer

WAIT_MS: Final = 30_000
"""Timeout for changes without a user's action. A page may wait half of it before it reconnects."""
_EXPECTED: Final = (
    "Failed to load resource:",
    "WebSocket connection to ",
    "Service Worker registration blocked by Playwright",
)


class Visits:
    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self.errors: Final[list[str]] = []
        """Exceptions and unexpected console messages, including those of the Content
        Security Policy. A console message about a failed request, or a service worker that a
        test does without, is not an error."""

    def __call__(
        self,
        server: PageServer,
        token: str | None = None,
        path: str = "",
        *,
        init_script: str | None = None,
        **options: Any,
    ) -> ChatPage:
        """Open the page for another person, in a new browser context.

        :param token: token of a person who has logged in before; without it, the page shows the
            log-in form.
        :param path: of the address within the page, such as ``rooms/general``.
        :param init_script: runs before the scripts of each document.
        :param options: of the browser context. Without ``service_workers="allow"`` there is no
            service worker, which would load all files of the page.
        """
        options.setdefault("service_workers", "block")
        context = self._browser.new_context(base_url=server.url, locale="en-US", **options)
        context.set_default_timeout(WAIT_MS)
        context.on("console", self._hear)
        context.on("weberror", self._catch)
        if init_script is not None:
            context.add_init_script(init_script)
        if token:
            context.add_cookies(
                [
                    {
                        "name": server.cookie,
                        "value": token,
                        "url": server.url,
                        "httpOnly": True,
                        "sameSite": "Strict",
                    }
                ]
            )
        chat = ChatPage(context.new_page())
        chat.go_to(path)
        if token:
            expect(chat.sidebar.or_(chat.view)).not_to_have_count(0)
        return chat

    def close(self) -> None:
        for context in self._browser.contexts:
            context.close()

    def _hear(self, message: ConsoleMessage) -> None:
        if not message.text.startswith(_EXPECTED):
            self.errors.append(f"{message.type}: {message.text}")

    def _catch(self, error: WebError) -> None:
        self.errors.append(str(error.error))
