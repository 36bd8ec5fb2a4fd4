"""What counts as read, and the scroll position while others write and edit."""

from playwright.sync_api import expect

from .chat_page import ChatPage
from .server import PageServer
from .visits import Visits

# A page that nobody looks at while `away`.
HIDE = "document.hasFocus = () => !(window.away ?? true);"
SHOW = "away = false; dispatchEvent(new Event('focus'));"

WEIGHT = "element => getComputedStyle(element).fontWeight"

# Notes each use of a size or place, outside the observers that the browser calls after its layout.
COUNT = """
window.reads = [];
let isLaidOut = false;
window.ResizeObserver = class extends ResizeObserver {
    constructor(work) {
        super((...given) => {
            isLaidOut = true;
            work(...given);
            isLaidOut = false;
        });
    }
};
const noted = (name, work) => work && function (...given) {
    if (!isLaidOut) reads.push(`${name} ${new Error().stack.split('\\n')[2]}`);
    return work.apply(this, given);
};
const note = (kind, ...names) => {
    for (const name of names) {
        const { get, set, value } = Object.getOwnPropertyDescriptor(kind.prototype, name);
        const [reading, writing] = [noted(name, get), noted(name, set)];
        const how = value ? { value: noted(name, value) } : { get: reading, set: writing };
        Object.defineProperty(kind.prototype, name, { configurable: true, ...how });
    }
};
note(Element, 'scrollTop', 'scrollHeight', 'clientHeight', 'getBoundingClientRect');
note(Element, 'scrollIntoView');
note(HTMLElement, 'offsetTop', 'offsetHeight', 'offsetWidth');
"""
WATCH = """
window.changes = [];
const watch = (selector) =>
    new MutationObserver((found) => changes.push(...found.map(({ type, target }) => [
        type, target.outerHTML ?? target.data,
    ]))).observe(document.querySelector(selector), {
        subtree: true, childList: true, attributes: true, characterData: true,
    });
watch('.sidebar');
watch('title');
reads.length = 0;
"""


def scroll_to(page: ChatPage, top: int) -> None:
    page.view.locator(".scroller").evaluate("(list, top) => { list.scrollTop = top; }", top)


def top_of(page: ChatPage, text: str) -> float:
    box = page.tab.get_by_text(text, exact=True).bounding_box()
    assert box is not None
    return box["y"]


def test_a_page_out_of_sight_marks_nothing_as_read(visit: Visits, shared: PageServer) -> None:
    with shared.meet("unseen", "dee", "dan") as [phone, dan]:
        dan.send_many("unseen", "number", 60)
        page = visit(shared, phone.token, "rooms/unseen", init_script=HIDE)
        expect(page.tab).to_have_title("(60) unseen · chatroom")
        dan.say("unseen", "one more")
        expect(page.tab).to_have_title("(61) unseen · chatroom")
        page.tab.evaluate(SHOW)
        page.button("61 new messages").click()
        expect(page.tab).to_have_title("unseen · chatroom")
        phone.event("unread", room="unseen", readSeq=61)


def test_the_scroll_position_stays_while_others_write_and_edit(
    visit: Visits, shared: PageServer
) -> None:
    with shared.meet("still", "eve", "eli") as [phone, eli]:
        eli.send_many("still", "number", 40)
        page = visit(shared, phone.token, "rooms/still")
        expect(page.messages).to_have_count(40)
        page.button("40 new messages").click()
        phone.event("unread", room="still", readSeq=40)
        scroll_to(page, 400)
        expect(page.button("Jump to the newest")).to_be_visible()
        before = top_of(page, "number 25")
        eli.call("editMessage", room="still", seq=1, text="longer\n" * 5 + "now")
        eli.call("deleteMessage", room="still", seq=2)
        eli.say("still", "new")
        expect(page.texts.last).to_have_text("new")
        expect(page.tab).to_have_title("(1) still · chatroom")
        expect(page.texts.nth(1)).to_have_text("Message deleted")
        assert abs(top_of(page, "number 25") - before) < 1
        page.button("One new message").click()
        expect(page.tab).to_have_title("still · chatroom")
        phone.event("unread", room="still", readSeq=41)


def test_messages_that_come_at_the_end_take_one_layout_a_frame(
    visit: Visits, shared: PageServer
) -> None:
    """They are read as they come, so that the sidebar and the title do not change, and no size is
    read before the browser's own layout."""
    with shared.meet("stream", "ivy", "ian") as [phone, ian]:
        page = visit(shared, phone.token, "rooms/stream", init_script=COUNT)
        ian.send_many("stream", "early", 60)
        phone.event("unread", room="stream", readSeq=60)
        page.tab.evaluate(WATCH)
        ian.send_many("stream", "late", 600)  # more than the page keeps
        expect(page.texts.last).to_have_text("late 599")
        expect(page.texts.last).to_be_in_viewport()
        expect(page.tab.locator(".to-present")).to_have_count(0)
        assert page.tab.evaluate("reads") == []
        assert page.tab.evaluate("changes") == []
        phone.event("unread", room="stream", readSeq=660)


def test_a_long_log_is_loaded_in_parts(visit: Visits, shared: PageServer) -> None:
    """The latest messages are shown, and the rest on demand."""
    with shared.meet("long", "fay", "fox") as [phone, fox]:
        page = visit(shared, phone.token)
        fox.send_many("long", "n", 750)
        phone.call("markRead", room="long", seq=750)
        page.open("long")
        expect(page.texts.last).to_have_text("n 749")
        shown = page.messages.count()
        assert shown < 200
        scroll_to(page, 0)
        expect(page.messages).not_to_have_count(shown)
        page.open("long/3")
        expect(page.view.locator(".target .text")).to_have_text("n 2")
        page.button("Jump to the newest").click()
        expect(page.texts.last).to_have_text("n 749")


def test_what_is_read_stays_while_hundreds_of_messages_come(
    visit: Visits, shared: PageServer
) -> None:
    """The page keeps 500 messages of a room. Those on the screen are among them."""
    with shared.meet("flood", "gus", "gil") as [phone, gil]:
        gil.send_many("flood", "old", 450)
        phone.call("markRead", room="flood", seq=450)
        page = visit(shared, phone.token, "rooms/flood")
        expect(page.texts.last).to_have_text("old 449")
        scroll_to(page, 0)
        while page.messages.count() < 450:
            shown = page.messages.count()
            scroll_to(page, 0)
            expect(page.messages).not_to_have_count(shown)
        page.message("old 5").scroll_into_view_if_needed()
        before = top_of(page, "old 5")
        gil.send_many("flood", "new", 200)
        expect(page.button("200 new messages")).to_be_visible()
        assert abs(top_of(page, "old 5") - before) < 1
        page.button("200 new messages").click()
        expect(page.texts.last).to_have_text("new 199")


def test_messages_are_marked_unread(visit: Visits, shared: PageServer) -> None:
    with shared.meet("marked", "hal", "hope") as [hal, hope]:
        for client in (hal, hope):
            client.call("joinRoom", room="other")
        hope.say("marked", "one", "two", "three")
        hope.say("other", "elsewhere")
        page = visit(shared, hal.token, "rooms/marked")
        phone = visit(shared, hal.token, "rooms/other")
        hal.event("unread", room="marked", readSeq=3)
        hal.event("unread", room="other", readSeq=1)
        lines = page.view.locator(".new-line + .message .text")
        expect(page.sidebar.locator(".badge")).to_have_count(0)
        page.act("two", "Mark unread from here")
        # Here and on the other device, as long as the room is not opened again.
        expect(lines).to_have_text("two")
        for device in (page, phone):
            unread = device.sidebar.get_by_role("region", name="Unread")
            expect(unread.get_by_role("link", name="marked Marked unread")).to_be_visible()
        page.link("other").click()
        page.shows("elsewhere")
        expect(page.badge("marked")).to_be_visible()
        page.tab.reload()
        expect(page.badge("marked")).to_be_visible()
        phone.link("marked").click()
        expect(phone.view.locator(".new-line + .message .text")).to_have_text("two")
        for device in (page, phone):
            expect(device.badge("marked")).to_have_count(0)


def test_a_muted_room_shows_mentions_and_what_was_marked_unread(
    visit: Visits, shared: PageServer
) -> None:
    with shared.meet("muted", "ilse", "ivo") as [ilse, ivo]:
        ilse.call("setNotifications", room="muted", level="none")
        page = visit(shared, ilse.token)
        name = page.link("muted").get_by_text("muted", exact=True)
        weight = int(name.evaluate(WEIGHT))
        page.sidebar.get_by_role("button", name="Rooms", exact=True).click()
        expect(name).to_be_hidden()
        ivo.say("muted", "for all")
        ivo.say("muted", "for @ilse")
        expect(page.badge("muted")).to_have_accessible_name("one mention")
        expect(page.sidebar.get_by_role("region", name="Unread")).to_have_count(0)
        assert int(name.evaluate(WEIGHT)) == weight
        page.open("muted")
        expect(page.badge("muted")).to_have_count(0)
        page.act("for all", "Mark unread from here")
        page.go_to("")
        unread = page.sidebar.get_by_role("region", name="Unread")
        expect(unread.get_by_role("link", name="muted Muted Marked unread")).to_be_visible()
        assert int(name.evaluate(WEIGHT)) > weight
