"""The main paths by the keyboard alone, and what a screen reader is told."""

from playwright.sync_api import Page, expect

from .server import PageServer
from .visits import Visits

# The outline or the border of what has the focus differs from its rest.
SHOWN_FOCUS = """
() => {
    const { activeElement } = document;
    const { outlineStyle, outlineWidth } = getComputedStyle(activeElement);
    const around = activeElement.closest('.composer-box, .field, .switcher');
    const outlined = outlineStyle !== 'none' && outlineWidth !== '0px';
    return outlined || around !== null;
}
"""
# What is added to live regions.
SPEECH = """
window.spoken = [];
new MutationObserver((changes) => {
    for (const { addedNodes, target } of changes) {
        if (!target.closest('[aria-live=polite]')) continue;
        for (const { textContent } of addedNodes) if (textContent) spoken.push(textContent);
    }
}).observe(document, { childList: true, subtree: true });
"""
MOVING = """
() => document.getAnimations().map(({ effect }) => effect.getTiming().duration)
    .filter((duration) => duration > 0)
"""


def tab_to(page: Page, name: str, role: str = "button") -> None:
    """Press Tab until the element with this name has the focus, which shows at each step."""
    wanted = page.get_by_role(role, name=name, exact=True).first  # type: ignore[arg-type]
    expect(wanted).to_be_visible()
    for _ in range(60):
        if wanted.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement === document.body"):
            continue  # after the last element, before the first one
        assert page.evaluate(SHOWN_FOCUS), page.evaluate("document.activeElement.outerHTML")
    raise AssertionError(f"Tab does not reach {name}")


def test_a_room_is_made_written_in_and_left_by_keys(visit: Visits, shared: PageServer) -> None:
    page = visit(shared, shared.add_user("kit"))
    tab = page.tab
    keys = tab.keyboard
    dialog = tab.get_by_role("dialog")

    # A menu opens a dialog. Escape closes each, and the focus goes back.
    tab_to(tab, "New room or message")
    opener = tab.get_by_role("button", name="New room or message")
    keys.press("Enter")
    expect(tab.get_by_role("menuitem", name="New message")).to_be_focused()
    keys.press("Escape")
    expect(opener).to_be_focused()
    keys.press("Enter")
    expect(tab.get_by_role("menuitem", name="New message")).to_be_focused()
    keys.press("ArrowDown")
    keys.press("Enter")
    expect(dialog.get_by_label("Title", exact=True)).to_be_focused()
    keys.press("Escape")
    expect(dialog).to_have_count(0)
    expect(opener).to_be_focused()
    keys.press("Enter")
    expect(tab.get_by_role("menuitem", name="New message")).to_be_focused()
    keys.press("n")  # the next one whose name begins so
    expect(tab.get_by_role("menuitem", name="New room")).to_be_focused()
    keys.press("Enter")
    expect(dialog.get_by_label("Title", exact=True)).to_be_focused()
    keys.type("keys")
    keys.press("Enter")

    # The composer has the focus in a room that is opened; what is sent keeps it.
    expect(page.title).to_have_text("keys")
    expect(page.composer).to_be_focused()
    for text in ("one", "two"):
        keys.type(text)
        keys.press("Enter")
    page.shows("one", "two")
    expect(page.composer).to_be_focused()

    # Arrow keys move among messages, letters act on them.
    keys.press("Shift+Tab")
    while not tab.evaluate("document.activeElement.matches('.message')"):
        keys.press("Shift+Tab")
    expect(page.message("two")).to_be_focused()
    keys.press("ArrowUp")
    expect(page.message("one")).to_be_focused()
    keys.press("r")
    expect(page.composer).to_be_focused()
    keys.type("an answer")
    keys.press("Enter")
    page.shows("one", "two", "an answer")

    # A panel takes the focus, and gives it back.
    tab_to(tab, "Pinned messages")
    keys.press("Enter")
    expect(page.panel).to_be_visible()
    tab.wait_for_function("() => document.activeElement.closest('aside.panel')")
    keys.press("Escape")
    expect(page.panel).to_be_hidden()
    expect(tab.get_by_role("button", name="Pinned messages")).to_be_focused()

    # The switcher goes from anywhere to anywhere.
    keys.press("Control+k")
    expect(tab.get_by_role("combobox", name="Go to")).to_be_focused()
    keys.type("brow")
    expect(tab.get_by_role("option", name="Browse rooms")).to_be_visible()
    keys.press("Enter")
    expect(page.view.get_by_role("searchbox")).to_be_focused()


def test_each_new_message_is_spoken_once(visit: Visits, shared: PageServer) -> None:
    with shared.meet("aloud", "sam", "sue") as [phone, sue]:
        sue.say("aloud", "before")
        page = visit(shared, phone.token, "rooms/aloud")
        page.shows("before")
        page.tab.evaluate(SPEECH)
        sue.say("aloud", "one")
        page.shows("before", "one")
        sue.call("setTyping", room="aloud", typing=True)
        expect(page.typing).to_have_text("sue is writing…")
        sue.call("editMessage", room="aloud", seq=2, text="first")
        sue.call("addReaction", room="aloud", seq=2, emoji="👍")
        expect(page.view.get_by_role("button", name="👍")).to_be_visible()
        page.say("mine")
        page.shows("before", "first", "mine")  # sent by another connection than the next
        sue.say("aloud", "two", "two")
        page.shows("before", "first", "mine", "two", "two")
        # The same words twice are spoken twice, one's own never.
        page.tab.wait_for_function("() => spoken.length >= 3")
        assert page.tab.evaluate("spoken") == ["sue: one", "sue: two", "sue: two"]


def test_nothing_moves_for_people_who_want_that(visit: Visits, shared: PageServer) -> None:
    with shared.meet("calm", "cleo", "cody") as [phone, cody]:
        page = visit(shared, phone.token, "rooms/calm", reduced_motion="reduce")
        cody.say("calm", "hello")
        page.shows("hello")
        page.message("hello").hover()
        page.tab.keyboard.press("Control+k")
        expect(page.tab.get_by_role("dialog")).to_be_visible()
        assert page.tab.evaluate(MOVING) == []
