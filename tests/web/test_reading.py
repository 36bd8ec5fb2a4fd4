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
    log = page.tab.get_by_role("log", name="Messages")
    log.evaluate("(log, top) => { log.scrollTop = top; }", top)


def top_of(page: ChatPage, text: str) -> float:
    box = page.tab.get_by_text(text, exact=True).bounding_box()
    assert box is not None
    return box["y"]


def test_a_read_cursor_that_was_refused_is_sent_again(visit: Visits, shared: PageServer) -> None:
    with shared.meet("told", "cat", "cal") as [phone, cal]:
        page = visit(shared, phone.token, "told", init_script=FAULTS)
        expect(page.button("Leave")).to_be_visible()
        page.tab.evaluate("faults.refusing.markRead = 'rate_limited'")
        cal.say("told", "one", "two")
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


def test_a_hidden_page_marks_nothing_as_read(visit: Visits, shared: PageServer) -> None:
    with shared.meet("unseen", "dee", "dan") as [phone, dan]:
        dan.send_many("unseen", "number", 60)
        page = visit(shared, phone.token, "unseen", init_script=HIDE)
        expect(page.messages).to_have_count(50)
        expect(page.tab).to_have_title("(60) unseen · chatroom")
        dan.say("unseen", "one more")
        expect(page.messages).to_have_count(51)
        expect(page.tab).to_have_title("(61) unseen · chatroom")
        page.tab.evaluate(SHOW)
        expect(page.tab).to_have_title("unseen · chatroom")
        phone.event("unread", room="unseen", readSeq=61)


def test_the_scroll_position_stays_while_others_write_and_edit(
    visit: Visits, shared: PageServer
) -> None:
    with shared.meet("still", "eve", "eli") as [phone, eli]:
        eli.send_many("still", "number", 40)
        page = visit(shared, phone.token, "still")
        expect(page.messages).to_have_count(40)
        phone.event("unread", room="still", readSeq=40)
        scroll_to(page, 400)
        before = top_of(page, "number 25")
        eli.call("editMessage", room="still", seq=1, text="longer\n" * 5 + "now")
        eli.call("deleteMessage", room="still", seq=2)
        eli.say("still", "new")
        expect(page.texts.last).to_have_text("new")
        expect(page.tab).to_have_title("(1) still · chatroom")
        expect(page.texts.nth(1)).to_have_text("This message was deleted.")
        assert abs(top_of(page, "number 25") - before) < 1
        page.button("New messages ↓").click()
        expect(page.tab).to_have_title("still · chatroom")
        phone.event("unread", room="still", readSeq=41)


def test_a_long_log_is_loaded_in_parts(visit: Visits, shared: PageServer) -> None:
    """The latest messages are shown, and the rest on demand."""
    with shared.meet("long", "fay", "fox") as [phone, fox]:
        fox.say("long", "first")
        page = visit(shared, phone.token, "long")
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
