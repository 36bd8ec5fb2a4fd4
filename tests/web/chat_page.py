"""The chat page for tests: its parts, and actions that use several of them."""

from typing import Final

from playwright.sync_api import Locator, Page, expect

from ..server.process import PASSWORD


class ChatPage:
    def __init__(self, tab: Page) -> None:
        self.tab: Final = tab
        self.log_in_view: Final = tab.locator("main.login")
        self.log_in_error: Final = self.log_in_view.get_by_role("alert")
        self.sidebar: Final = tab.get_by_role("navigation", name="Rooms and messages")
        self.lost: Final = tab.locator(".connection-bar")
        """The notice of a lost connection."""
        self.toast: Final = tab.locator(".toast")

        self.view: Final = tab.get_by_role("main")
        self.panel: Final = tab.locator(".panel")
        self.title: Final = self.view.get_by_role("heading", level=1)
        self.messages: Final = self.view.locator(".message:not(.pending)")
        """Messages that the server has acknowledged."""
        self.pending: Final = self.view.locator(".message.pending")
        self.texts: Final = self.view.locator(".message .text")
        """Texts of all messages, with pending ones at the end."""
        self.typing: Final = self.view.locator(".typing")
        self.composer: Final = self.view.locator(".composer textarea")

    def button(self, name: str) -> Locator:
        return self.tab.get_by_role("button", name=name, exact=True)

    def message(self, text: str) -> Locator:
        return self.view.locator(".message").filter(has=self.tab.get_by_text(text, exact=True))

    def link(self, room: str) -> Locator:
        """The link to a conversation in the sidebar."""
        return self.sidebar.locator(f'[data-room="{room}"]')

    def badge(self, room: str) -> Locator:
        return self.link(room).locator(".badge")

    # ---- actions

    def sign_up(self, name: str) -> None:
        self.button("I need an account").click()
        self.enter(name)
        expect(self.sidebar).to_be_visible()

    def log_in(self, name: str) -> None:
        self.enter(name)
        expect(self.sidebar).to_be_visible()

    def enter(self, name: str, password: str = PASSWORD) -> None:
        """Fill in and submit the form."""
        self.log_in_view.get_by_label("Account name").fill(name)
        field = self.log_in_view.get_by_label("Password", exact=True)
        field.fill(password)
        field.press("Enter")

    def say(self, *texts: str) -> None:
        for text in texts:
            self.composer.fill(text)
            self.composer.press("Enter")
            expect(self.composer).to_have_value("")

    def go_to(self, path: str) -> None:
        """Open an address within the document, such as ``rooms/general``; "" is the list."""
        self.tab.goto(f"/#/{path}")

    def open(self, room: str) -> None:
        self.go_to(f"rooms/{room}")

    def act(self, text: str, action: str) -> None:
        """Do something with a message by its menu."""
        self.open_menu(text)
        self.tab.get_by_role("menuitem", name=action).click()

    def open_menu(self, text: str) -> None:
        self.message(text).hover()
        self.message(text).get_by_role("button", name="More actions").click()
        expect(self.tab.get_by_role("menu")).to_be_visible()

    def open_tab(self) -> "ChatPage":
        """Open another page of the same person."""
        other = ChatPage(self.tab.context.new_page())
        other.tab.goto("/")
        return other

    # ---- expectations

    def shows(self, *texts: str) -> None:
        """Wait until these are the room's messages, and none is pending."""
        expect(self.pending).to_have_count(0)
        expect(self.texts).to_have_text(texts)
        expect(self.pending).to_have_count(0)
