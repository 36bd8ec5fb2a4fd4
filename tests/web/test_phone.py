"""The page on a phone: a stack with the system's back, a bar below, sheets, and large targets."""

from typing import Any, Final

from playwright.sync_api import expect

from .chat_page import ChatPage
from .server import PageServer
from .visits import Visits

PHONE: Final[dict[str, Any]] = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
}
# What a finger presses is at least 44 pixels high. Names of what is not.
SMALL = """[...document.querySelectorAll('.button, .entry, .place, .menu-item, .line, .tab')]
    .filter((part) => part.checkVisibility() && part.offsetHeight < 44)
    .map((part) => part.getAttribute('aria-label') ?? part.textContent)"""
WIDE = """[...document.querySelectorAll('body, .scroller, .sidebar-scroll, .view-scroll')]
    .filter((box) => box.scrollWidth > box.clientWidth).map((box) => box.className)"""

# The parts of the page that are seen, from above.
TOPS = """[...document.querySelectorAll('.shell > *')]
    .filter((part) => part.checkVisibility({ visibilityProperty: true }))
    .sort((one, other) => one.getBoundingClientRect().top - other.getBoundingClientRect().top)
    .map((part) => part.className)"""


def fits(page: ChatPage) -> None:
    page.tab.wait_for_function(f"() => {WIDE}.length === 0")
    assert page.tab.evaluate(SMALL) == []


def test_list_conversation_and_panel_are_a_stack(visit: Visits, shared: PageServer) -> None:
    with shared.meet("stack", "pamela", "pip") as [pamela, pip]:
        pip.say("stack", "hello", "@pamela look")
        page = visit(shared, pamela.token, **PHONE)
        bar = page.tab.get_by_role("navigation", name="Places")
        expect(page.link("stack")).to_be_visible()
        fits(page)
        page.link("stack").tap()
        page.shows("hello", "@pamela look")
        expect(page.sidebar).to_be_hidden()
        expect(bar).to_be_hidden()
        fits(page)
        page.button("More about this room").tap()
        page.tab.get_by_role("menuitem", name="Members").tap()
        expect(page.panel.get_by_text("@pip")).to_be_visible()
        expect(page.composer).to_be_hidden()
        fits(page)
        page.tab.go_back()
        expect(page.panel).to_be_hidden()
        expect(page.composer).to_be_visible()
        page.tab.go_back()
        expect(page.link("stack")).to_be_visible()
        expect(page.composer).to_be_hidden()

        bar.get_by_role("link", name="Mentions").tap()
        page.tab.get_by_role("link", name="Open the message of pip in stack").tap()
        expect(page.message("@pamela look")).to_be_visible()
        page.tab.go_back()
        bar.get_by_role("link", name="You").tap()
        expect(page.view.get_by_role("heading", name="pamela")).to_be_visible()
        fits(page)
        page.view.get_by_role("link", name="Devices").tap()
        expect(page.view.get_by_role("heading", name="Log-ins")).to_be_visible()
        expect(bar.get_by_role("link", name="You")).to_have_class("place here")
        fits(page)
        page.tab.get_by_role("link", name="Back").tap()
        page.button("Log out").tap()
        expect(page.log_in_view).to_be_visible()


def test_a_lost_connection_is_told_above_all_views(server: PageServer, visit: Visits) -> None:
    with server.meet("den", "pru") as [pru]:
        token = pru.token
    page = visit(server, token, "rooms/den", **PHONE)
    page.button("More about this room").tap()
    page.tab.get_by_role("menuitem", name="Members").tap()
    expect(page.panel.get_by_text("@pru")).to_be_visible()
    server.kill()
    expect(page.lost).to_be_visible()
    assert page.tab.evaluate(TOPS) == ["bars", "panel"]
    page.tab.go_back()
    expect(page.composer).to_be_visible()
    assert page.tab.evaluate(TOPS) == ["bars", "conversation"]


def test_dialogs_and_menus_are_sheets(visit: Visits, shared: PageServer) -> None:
    with shared.meet("sheets", "pat") as [pat]:
        pat.say("sheets", "hello")
        page = visit(shared, pat.token, "rooms/sheets", **PHONE)
        page.shows("hello")
        page.button("More about this room").tap()
        menu = page.tab.get_by_role("menu")
        expect(menu).to_be_visible()
        at_bottom = "(sheet) => Math.round(sheet.getBoundingClientRect().bottom) === innerHeight"
        page.tab.wait_for_function(at_bottom, arg=menu.element_handle())
        page.tab.get_by_role("menuitem", name="Jump to a date").tap()
        dialog = page.tab.get_by_role("dialog", name="Jump to a date")
        page.tab.wait_for_function(at_bottom, arg=dialog.element_handle())
        fits(page)
        dialog.get_by_role("button", name="The beginning").tap()
        expect(dialog).to_be_hidden()
        expect(page.view.locator(".message.target")).to_contain_text("hello")


# The keyboard of a browser that does not make the page smaller for it.
KEYBOARD = """
    const visible = Object.assign(new EventTarget(), { height: innerHeight, scale: 1 });
    Object.defineProperty(globalThis, 'visualViewport', { value: visible });
    globalThis.keyboard = (height) => {
        visible.height = innerHeight - height;
        visible.dispatchEvent(new Event('resize'));
    };
"""


def test_the_keyboard_covers_nothing(visit: Visits, shared: PageServer) -> None:
    with shared.meet("keys", "pola") as [pola]:
        pola.send_many("keys", "line", 60)
        page = visit(shared, pola.token, "rooms/keys", init_script=KEYBOARD, **PHONE)
        last = page.message("line 59")
        expect(last).to_be_in_viewport()
        page.tab.evaluate("keyboard(400)")
        page.tab.wait_for_function(
            "() => document.querySelector('.composer').getBoundingClientRect().bottom <= 444"
        )
        above = """(row) => row.getBoundingClientRect().bottom
            <= document.querySelector('.composer').getBoundingClientRect().top"""
        page.tab.wait_for_function(above, arg=last.element_handle())
        page.tab.evaluate("keyboard(0)")
        page.tab.wait_for_function("() => document.querySelector('.shell').offsetHeight === 844")
        expect(last).to_be_in_viewport()
