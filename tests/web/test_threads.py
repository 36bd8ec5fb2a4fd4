"""Threads in the panel, and the views of threads and mentions."""

from typing import Any

from playwright.sync_api import expect

from .server import PageServer
from .visits import Visits


def test_a_thread_in_the_panel(visit: Visits, shared: PageServer) -> None:
    with shared.meet("threaded", "tara", "theo") as [tara, theo]:
        theo.say("threaded", "A root")
        page = visit(shared, tara.token, "rooms/threaded")
        other = visit(shared, theo.token, "rooms/threaded")
        page.message("A root").hover()
        page.message("A root").get_by_role("button", name="Reply in thread").click()
        field = page.panel.get_by_role("textbox", name="Reply in thread")
        expect(field).to_be_focused()
        expect(page.panel.get_by_text("A root")).to_be_visible()
        field.fill("A reply")
        field.press("Enter")
        expect(page.panel.locator(".message .text")).to_have_text(["A root", "A reply"])
        expect(page.messages).to_have_count(1)

        # The writer of the root follows; replies show below it, and count until they are read.
        summary = other.message("A root").get_by_role("link", name="One reply")
        expect(summary).to_be_visible()
        unread = other.sidebar.get_by_role("link", name="Threads").locator(".badge")
        expect(unread).to_have_text("1")
        summary.click()
        replies = other.panel.locator(".message .text")
        expect(replies).to_have_text(["A root", "A reply"])
        expect(unread).to_have_count(0)
        field.fill("A second")
        expect(other.panel.locator(".typing")).to_have_text("tara is writing…")
        expect(other.typing).to_have_text("")
        field.fill("")
        expect(other.panel.locator(".typing")).to_have_text("")

        # Actions on replies and on the root, from the panel.
        reply = other.panel.locator(".message").filter(has_text="A reply")
        reply.hover()
        reply.get_by_role("button", name="React with 👍").click()
        mine = page.panel.locator(".message").filter(has_text="A reply")
        expect(mine.get_by_role("button", name="👍, 1")).to_be_visible()
        mine.hover()
        mine.get_by_role("button", name="Edit", exact=True).click()
        editor = page.panel.get_by_role("textbox", name="Edit")
        editor.fill("A better reply")
        editor.press("Enter")
        expect(replies).to_have_text(["A root", "A better reply"])
        reply = other.panel.locator(".message").filter(has_text="A better reply")
        reply.hover()
        reply.get_by_role("button", name="Reply", exact=True).click()
        other.panel.locator(".composer textarea").fill("An answer")
        other.panel.locator(".composer textarea").press("Enter")
        expect(page.panel.get_by_role("button", name="A better reply")).to_be_visible()

        # The root is edited where that was asked for.
        root = other.panel.locator(".message").filter(has_text="A root")
        root.hover()
        root.get_by_role("button", name="Edit", exact=True).click()
        expect(other.panel.get_by_role("textbox", name="Edit")).to_be_focused()
        expect(other.view.get_by_role("textbox", name="Edit")).to_have_count(0)
        other.tab.keyboard.press("Escape")
        expect(other.panel).to_be_visible()

        # The draft of a thread is its own.
        field.fill("half")
        page.panel.get_by_role("button", name="Close").click()
        expect(page.panel).to_have_count(0)
        expect(page.composer).to_have_value("")
        page.message("A root").get_by_role("link", name="2 replies").click()
        expect(field).to_have_value("half")

        # Whoever does not follow is told nothing.
        page.panel.get_by_role("button", name="Stop following this thread").click()
        expect(page.panel.get_by_role("button", name="Follow this thread")).to_be_visible()
        page.tab.keyboard.press("Escape")
        theo.call("sendMessage", room="threaded", text="unheard", thread=1)
        expect(page.message("A root").get_by_role("link", name="3 replies")).to_be_visible()
        expect(page.sidebar.get_by_role("link", name="Threads").locator(".badge")).to_have_count(0)


def test_threads_and_mentions_lead_to_their_messages(visit: Visits, shared: PageServer) -> None:
    with shared.meet("led", "louis", "lizzy") as [louis, lizzy]:
        page = visit(shared, louis.token, "threads")
        expect(page.view).to_contain_text("You follow no thread yet.")
        louis.say("led", "older", "newer")
        lizzy.call("sendMessage", room="led", text="to the older", thread=1)
        lizzy.call("sendMessage", room="led", text="to the newer", thread=2)
        lizzy.say("led", "hello @louis")
        cards = page.view.get_by_role("listitem")
        expect(cards).to_contain_text(["newer", "older"])

        # Unread ones are first, but nothing moves below the pointer.
        page.view.get_by_role("link", name="Open the thread of louis in led").first.click()
        expect(page.panel.get_by_text("to the newer")).to_be_visible()
        expect(page.sidebar.get_by_role("link", name="Threads").locator(".badge")).to_have_text("1")
        page.go_to("threads")
        expect(cards).to_contain_text(["newer", "older"])
        page.tab.mouse.move(5, 5)
        expect(cards).to_contain_text(["older", "newer"])

        # A reply is written in place.
        page.button("Reply").first.click()
        page.composer.fill("from here")
        page.composer.press("Enter")
        expect(cards).to_contain_text(["2 replies", "One reply"])
        assert _texts(lizzy.call("getHistory", room="led", thread=1)) == [
            "to the older",
            "from here",
        ]

        page.go_to("mentions")
        expect(cards).to_contain_text(["hello @louis"])
        lizzy.call("sendMessage", room="led", text="and @room in a thread", thread=1)
        expect(cards).to_contain_text(["and @everyone in a thread", "hello @louis"])
        page.view.get_by_role("link", name="Open the message of lizzy in led").last.click()
        expect(page.view.locator(".message.target")).to_be_focused()
        page.go_to("mentions")
        page.view.get_by_role("link", name="Open the message of lizzy in led").first.click()
        expect(page.panel.locator(".message.target")).to_contain_text("in a thread")


def _texts(page: dict[str, Any]) -> list[str]:
    return [message["text"] for message in page["messages"]]
