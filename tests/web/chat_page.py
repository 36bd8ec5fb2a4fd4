"""The chat page for tests: its parts, and actions that use several of them."""

from typing import Final

from playwright.sync_api import Dialog, Locator, Page, expect

from ..server.process import PASSWORD


class ChatPage:
    def __init__(self, tab: Page, errors: list[str]) -> None:
        self.tab: Final = tab
        self.confirms: bool | None = None
        """The answer to a confirmation dialog; None if none is expected."""
        self._errors = errors
        tab.on("dialog", self._answer)

        self.log_in_view: Final = tab.locator("#log-in")
        self.log_in_error: Final = self.log_in_view.get_by_role("alert")
        self.account: Final = tab.get_by_role("dialog", name="Account")
        self.log_ins: Final = self.account.locator("#log-ins li")

        self.me: Final = tab.locator("#me")
        self.lost: Final = tab.locator("#status")
        """The notice of a lost connection."""
        self.notice: Final = tab.locator("#notice")
        self.rooms: Final = tab.get_by_role("list", name="Rooms").locator(".name")
        self.directs: Final = tab.get_by_role("list", name="Direct messages").locator(".name")

        self.title: Final = tab.locator("#title")
        self.about: Final = tab.locator("#about")
        self.messages: Final = tab.locator(".message:not(.pending)")
        """Messages that the server has acknowledged."""
        self.pending: Final = tab.locator(".pending")
        self.texts: Final = tab.locator(".message .text")
        """Texts of all messages, with pending ones at the end."""
        self.empty: Final = tab.locator("#empty")
        """The placeholder for a room without messages."""
        self.typing: Final = tab.locator("#typing")
        self.composer: Final = tab.get_by_role("textbox", name="Message", exact=True)

    def button(self, name: str) -> Locator:
        return self.tab.get_by_role("button", name=name, exact=True)

    def message(self, text: str) -> Locator:
        return self.tab.locator(".message").filter(has=self.tab.get_by_text(text, exact=True))

    def link(self, room: str) -> Locator:
        """The link to a conversation in the list."""
        return self.tab.locator(f'nav [href="#{room}"]')

    def badges(self, room: str) -> Locator:
        return self.link(room).locator(".badge")

    # ---- actions

    def sign_up(self, name: str) -> None:
        self.tab.get_by_role("radio", name="Sign up").check()
        self.enter(name)
        expect(self.me).to_have_text(name)

    def log_in(self, name: str) -> None:
        self.tab.get_by_role("radio", name="Log in").check()
        self.enter(name)
        expect(self.me).to_have_text(name)

    def enter(self, name: str, password: str = PASSWORD) -> None:
        """Fill in and submit the visible form."""
        self.log_in_view.get_by_label("Name", exact=True).fill(name)
        field = self.log_in_view.get_by_label("Password")
        field.fill(password)
        field.press("Enter")

    def join(self, room: str) -> None:
        self.ask_for(room)
        expect(self.title).to_have_text(room)
        expect(self.button("Leave")).to_be_visible()

    def ask_for(self, room: str) -> None:
        field = self.tab.get_by_label("Join or create a room")
        field.fill(room)
        field.press("Enter")

    def write_to(self, person: str) -> None:
        field = self.tab.get_by_label("Write to a person, by name")
        field.fill(person)
        field.press("Enter")

    def say(self, *texts: str) -> None:
        for text in texts:
            self.composer.fill(text)
            self.composer.press("Enter")
            expect(self.composer).to_have_value("")

    def go_to(self, room: str) -> None:
        """Open a room within the document by its address; without a room, the list."""
        self.tab.goto(f"/#{room}")

    def open_tab(self) -> "ChatPage":
        """Open another page of the same person."""
        other = ChatPage(self.tab.context.new_page(), self._errors)
        other.tab.goto("/")
        return other

    # ---- expectations

    def shows(self, *texts: str) -> None:
        """Wait until these are the room's messages, and none is pending."""
        expect(self.pending).to_have_count(0)
        expect(self.texts).to_have_text(texts)
        expect(self.pending).to_have_count(0)

    def token(self) -> str | None:
        """Return the token with which the page logs in after a reload."""
        token: str | None = self.tab.evaluate("localStorage.getItem('chatroom.token')")
        return token

    # ---- inside

    def _answer(self, dialog: Dialog) -> None:
        if self.confirms is None:
            self._errors.append(f"dialog: {dialog.message}")
        if self.confirms:
            dialog.accept()
        else:
            dialog.dismiss()
