"""What counts as read, and the scroll position while others write and edit."""

from playwright.sync_api import expect

from .chat_page import ChatPage
from .server import PageServer
from .visits import FAULTS, Visits

# A page that is hidden while `away`.
HIDE = "Object.defineProperty(document, 'hidden', { get: () => window.away ?? true });"
SHOW = "away = false; document.dispatchEvent(new Event('visibilitychange'));"
COUNT_TOLD = """
window.told = 0;
const observer = new MutationObserver((changes) => { told += changes.length; });
for (const id of ['typing', 'status']) {
    observer.observe(document.getElementById(id), { childList: true });
}
"""


def scroll_to(page: ChatPage, top: int) -> None:
    page.tab.get_by_role("log", name="Messages").evaluate(
        "(log, top) => { log.scrollTop = top; }", top
    )


def top_of(page: ChatPage, text: str) -> float:
    box = page.tab.get_by_text(text, exact=True).bounding_box()
    assert box is not None
    return box["y"]


def test_reading_is_told_also_later(visit: Visits, shared: PageServer) -> None:
    token = shared.add_user("cat")
    with shared.session(token) as phone, shared.session(shared.add_user("cal")) as cal:
        for client in (phone, cal):
            client.call("joinRoom", room="told")
        page = visit(shared, token, "told", init_script=FAULTS)
        expect(page.button("Leave")).to_be_visible()
        page.tab.evaluate("faults.refusing.markRead = 'rate_limited'")
        for text in ("one", "two"):
            cal.call("sendMessage", room="told", text=text)
        page.shows("one", "two")
        assert phone.call("getInbox")["unread"] == 2
        # Three calls for two messages: one was retried.
        page.tab.wait_for_function("() => seen.refused >= 3")
        page.tab.evaluate("faults.refusing = {}")
        phone.event("unread", room="told", readSeq=2)

        # A screen reader's announcement is not repeated when something else changes.
        cal.call("setTyping", room="told", typing=True)
        expect(page.typing).to_have_text("cal is typing…")
        page.tab.evaluate(COUNT_TOLD)
        cal.call("editMessage", room="told", seq=1, text="first")
        expect(page.texts.first).to_have_text("first edited")
        assert page.tab.evaluate("told") == 0


def test_a_page_that_is_not_seen_counts_on(visit: Visits, shared: PageServer) -> None:
    token = shared.add_user("dee")
    with shared.session(token) as phone, shared.session(shared.add_user("dan")) as dan:
        for client in (phone, dan):
            client.call("joinRoom", room="unseen")
        dan.send_many("unseen", "number", 60)
        page = visit(shared, token, "unseen", init_script=HIDE)
        expect(page.messages).to_have_count(50)
        expect(page.tab).to_have_title("(60) unseen · chatroom")
        dan.call("sendMessage", room="unseen", text="one more")
        expect(page.messages).to_have_count(51)
        expect(page.tab).to_have_title("(61) unseen · chatroom")
        page.tab.evaluate(SHOW)
        expect(page.tab).to_have_title("unseen · chatroom")
        phone.event("unread", room="unseen", readSeq=61)


def test_what_is_read_stays_in_place(visit: Visits, shared: PageServer) -> None:
    """A user has scrolled up while others write, and messages above are edited."""
    token = shared.add_user("eve")
    with shared.session(token) as phone, shared.session(shared.add_user("eli")) as eli:
        for client in (phone, eli):
            client.call("joinRoom", room="still")
        eli.send_many("still", "number", 40)
        page = visit(shared, token, "still")
        expect(page.messages).to_have_count(40)
        phone.event("unread", room="still", readSeq=40)
        scroll_to(page, 400)
        before = top_of(page, "number 25")
        eli.call("editMessage", room="still", seq=1, text="longer\n" * 5 + "now")
        eli.call("deleteMessage", room="still", seq=2)
        eli.call("sendMessage", room="still", text="new")
        expect(page.texts.last).to_have_text("new")
        expect(page.tab).to_have_title("(1) still · chatroom")
        expect(page.texts.nth(1)).to_have_text("This message was deleted.")
        assert abs(top_of(page, "number 25") - before) < 1
        page.button("New messages ↓").click()
        expect(page.tab).to_have_title("still · chatroom")
        phone.event("unread", room="still", readSeq=41)


def test_long_absences_and_long_days_stay_quick(visit: Visits, shared: PageServer) -> None:
    """The latest messages are shown, and the rest on demand."""
    token = shared.add_user("fay")
    with shared.session(token) as phone, shared.session(shared.add_user("fox")) as fox:
        for client in (phone, fox):
            client.call("joinRoom", room="long")
        fox.call("sendMessage", room="long", text="first")
        page = visit(shared, token, "long")
        page.shows("first")
        page.go_to("")
        expect(page.title).to_be_hidden()
        fox.send_many("long", "n", 750)
        page.link("long").click()
        expect(page.messages).to_have_count(50)
        expect(page.texts.last).to_have_text("n 749")
        phone.event("unread", room="long", readSeq=751)
        fox.send_many("long", "m", 500)
        expect(page.texts.last).to_have_text("m 499")
        word, oldest = page.texts.first.inner_text().split()
        assert word == "m"
        expect(page.messages).to_have_count(500 - int(oldest))
        scroll_to(page, 0)
        expect(page.texts.first).to_have_text(f"m {int(oldest) - 50}")
