"""The page as people use it: its parts, and what is done with several of them."""

from typing import Final

from playwright.sync_api import Dialog, Locator, Page, expect

from ..server.process import PASSWORD


class ChatPage:
    def __init__(self, tab: Page, errors: list[str]) -> None:
        self.tab: Final = tab
        self.confirms: bool | None = None
        """The answer to a question in a dialog; None where no question may come."""
        self._errors = errors
        tab.on("dialog", self._answer)

        self.entrance: Final = tab.locator("#entrance")
        self.entry_error: Final = self.entrance.get_by_role("alert")
        self.account: Final = tab.get_by_role("dialog", name="Account")
        self.log_ins: Final = self.account.locator("#log-ins li")

        self.me: Final = tab.locator("#me")
        self.lost: Final = tab.locator("#status")
        """Shown while there is no connection."""
        self.notice: Final = tab.locator("#notice")
        self.rooms: Final = tab.get_by_role("list", name="Rooms").locator(".name")
        self.directs: Final = tab.get_by_role("list", name="Direct messages").locator(".name")

        self.title: Final = tab.locator("#title")
        self.about: Final = tab.locator("#about")
        self.messages: Final = tab.locator(".message:not(.pending)")
        """Those that the server has."""
        self.pending: Final = tab.locator(".pending")
        self.texts: Final = tab.locator(".message .text")
        """Of all messages, pending ones at the end."""
        self.empty: Final = tab.locator("#empty")
        """What is there in place of messages."""
        self.typing: Final = tab.locator("#typing")
        self.composer: Final = tab.get_by_role("textbox", name="Message", exact=True)

    def button(self, name: str) -> Locator:
        return self.tab.get_by_role("button", name=name, exact=True)

    def message(self, text: str) -> Locator:
        return self.tab.locator(".message").filter(has=self.tab.get_by_text(text, exact=True))

    def link(self, room: str) -> Locator:
        """Of a conversation beside the open one."""
        return self.tab.locator(f'nav [href="#{room}"]')

    def badges(self, room: str) -> Locator:
        return self.link(room).locator(".badge")

    # ---- what people do

    def sign_up(self, name: str) -> None:
        self.tab.get_by_role("radio", name="Sign up").check()
        self.enter(name)
        expect(self.me).to_have_text(name)

    def log_in(self, name: str) -> None:
        self.tab.get_by_role("radio", name="Log in").check()
        self.enter(name)
        expect(self.me).to_have_text(name)

    def enter(self, name: str, password: str = PASSWORD) -> None:
        """By the form as it is."""
        self.entrance.get_by_label("Name", exact=True).fill(name)
        field = self.entrance.get_by_label("Password")
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
        """Within the document, by the address; without a room, to the list."""
        self.tab.goto(f"/#{room}")

    def open_tab(self) -> "ChatPage":
        """Another page of the same person."""
        other = ChatPage(self.tab.context.new_page(), self._errors)
        other.tab.goto("/")
        return other

    # ---- what they see

    def shows(self, *texts: str) -> None:
        """Waits until these are the room's messages, and all are sent."""
        expect(self.pending).to_have_count(0)
        expect(self.texts).to_have_text(texts)
        expect(self.pending).to_have_count(0)

    def token(self) -> str | None:
        """With which the page logs in when it comes again."""
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
