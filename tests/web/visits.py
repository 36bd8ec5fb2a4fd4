"""Pages in the browser, each in its own context per person, and errors in them."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Final

from playwright.sync_api import BrowserContext, ConsoleMessage, WebError, expect

from .chat_page import ChatPage
from .pages import Pages, close_pages
from .server import PageServer

WAIT_MS: Final = 30_000
"""Timeout for changes without a user's action. A page may wait half of it before it reconnects."""
_EXPECTED: Final = (
    "Failed to load resource:",
    "WebSocket connection to ",
    "Service Worker registration blocked by Playwright",
    "Autofocus processing was blocked because a document already has a focused element.",
)


class Visits:
    def __init__(self, pages: Pages) -> None:
        self._pages = pages
        self._stack = ExitStack()
        self.errors: Final[list[str]] = []
        """Exceptions and unexpected console messages, including those of the Content
        Security Policy. A console message about a failed request, a service worker that a
        test does without, or a field that a test fills before the browser gives it the focus, is
        not an error."""

    def __call__(
        self,
        server: PageServer,
        token: str | None = None,
        path: str = "",
        *,
        init_script: str | None = None,
        **options: Any,
    ) -> ChatPage:
        """Open the page for another person, in a browser context of its own.

        :param token: token of a person who has logged in before; without it, the page shows the
            log-in form.
        :param path: of the address within the page, such as ``rooms/general``.
        :param init_script: runs before the scripts of each document.
        :param options: see :meth:`Pages.blank`.
        """
        tab = self._stack.enter_context(self._pages.blank(server.url, **options))
        context = tab.context
        context.set_default_timeout(WAIT_MS)
        self._stack.enter_context(self._heard(context))
        if init_script is not None:
            self._stack.enter_context(context.add_init_script(init_script))
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
        chat = ChatPage(tab)
        chat.go_to(path)
        if token:
            expect(chat.sidebar.or_(chat.view)).not_to_have_count(0)
        return chat

    def close(self) -> None:
        self._stack.close()

    @contextmanager
    def _heard(self, context: BrowserContext) -> Iterator[None]:
        """Note the errors of all pages until they are closed."""
        context.on("console", self._hear)
        context.on("weberror", self._catch)
        yield
        close_pages(context)
        context.remove_listener("console", self._hear)
        context.remove_listener("weberror", self._catch)

    def _hear(self, message: ConsoleMessage) -> None:
        if not message.text.startswith(_EXPECTED):
            self.errors.append(f"{message.type}: {message.text}")

    def _catch(self, error: WebError) -> None:
        self.errors.append(str(error.error))
