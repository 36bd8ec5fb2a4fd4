"""Redrawing between press and release of a mouse button does not lose the click."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Final

import pytest
from playwright.sync_api import Locator, Route, expect

from .chat_page import ChatPage
from .server import PageServer
from .visits import Visits

PRESS_MS: Final = 90
"""Time between press and release."""
CLICKS: Final = 20

# Counts presses on clickable elements and the resulting clicks, and suppresses other effects.
COUNT_CLICKS = """
window.presses = window.clicks = 0;
const which = ({ target }) => target.closest(window.clickable);
addEventListener('pointerdown', (event) => {
    window.pressed = which(event);
    if (pressed) presses += 1;
}, true);
addEventListener('click', (event) => {
    if (!which(event) || which(event) !== pressed) return;
    clicks += 1;
    event.preventDefault();
    event.stopPropagation();
}, true);
"""


@contextmanager
def at_a_rate(rate: int, one: Callable[[int], object]) -> Iterator[None]:
    """In a thread, call ``one`` with 1, 2 and so on, ``rate`` times a second."""
    done = threading.Event()

    def keep_on() -> None:
        start = time.monotonic()
        for number in count(1):
            one(number)
            if done.wait(start + number / rate - time.monotonic()):
                return

    with ThreadPoolExecutor(1) as threads:
        calling = threads.submit(keep_on)
        try:
            yield
        finally:
            done.set()
        calling.result()


def click_often(page: ChatPage, clickable: str, target: Locator) -> None:
    """Click often. Playwright presses at the target's last position, where another element may be.

    :param clickable: selects the elements that count as pressed.
    """
    page.tab.evaluate("selector => { presses = clicks = 0; clickable = selector; }", clickable)
    for _ in range(5 * CLICKS):
        target.click(delay=PRESS_MS, force=True)
        presses, clicks = page.tab.evaluate("[presses, clicks]")
        assert clicks == presses
        if presses == CLICKS:
            return
    raise AssertionError(f"only {presses} presses hit {clickable}")


@pytest.mark.parametrize("rate", [5, 50])
def test_a_conversation_in_the_list_gets_each_click(
    visit: Visits, shared: PageServer, rate: int
) -> None:
    """Its unread count changes continuously, and other conversations want to be above it."""
    me, room = f"mia{rate}", f"busy{rate}"
    people = me, f"max{rate}", f"mo{rate}"
    with shared.meet(room, *people) as [phone, one, other]:
        page = visit(shared, phone.token, init_script=COUNT_CLICKS)

        def write(number: int) -> None:
            one.say(room, f"{number}")
            (one, other)[number % 2].call("sendMessage", to=me, text=f"{number}")

        with at_a_rate(rate, write):
            expect(page.badge(room)).to_be_visible()
            click_often(page, "[data-room]", page.sidebar.locator("[data-room]").first)


def test_a_button_in_a_message_gets_each_click(visit: Visits, shared: PageServer) -> None:
    """The message changes, and new messages below it would scroll the list."""
    with shared.meet("edits", "may") as [phone]:
        page = visit(shared, phone.token, "rooms/edits", init_script=COUNT_CLICKS)
        page.say("to be edited")
        page.shows("to be edited")

        def edit(number: int) -> None:
            phone.call("editMessage", room="edits", seq=1, text=f"edited {number}")

        def write(number: int) -> None:
            phone.say("edits", f"{number}")

        phone.send_many("edits", "number", 50)
        expect(page.messages).to_have_count(51)
        for row, change in ((page.messages.first, edit), (page.messages.last, write)):
            row.scroll_into_view_if_needed()
            row.hover()
            reply = page.button("Reply")
            reply.hover()
            with at_a_rate(20, change):
                click_often(page, ".toolbar button", reply)


def test_a_row_below_a_resting_pointer_gets_a_toolbar_but_not_those_that_pass(
    visit: Visits, shared: PageServer
) -> None:
    with shared.meet("resting", "rosa", "rudi") as [rosa, rudi]:
        rudi.send_many("resting", "number", 30)
        page = visit(shared, rosa.token, "rooms/resting")
        pointed = page.tab.locator(".message:hover")
        toolbar = page.tab.get_by_role("toolbar")
        page.message("number 29").hover()
        expect(pointed.filter(has=toolbar)).to_contain_text("number 29")
        page.tab.clock.install()
        page.tab.clock.pause_at(datetime.now(UTC) + timedelta(hours=1))
        for text in ("passes", "rests"):
            rudi.say("resting", text)
            page.tab.clock.run_for(99)
            expect(pointed).to_contain_text(text)
            expect(toolbar).to_have_count(0)
        page.tab.clock.run_for(100)
        expect(pointed.filter(has=toolbar)).to_contain_text("rests")


def test_a_toolbar_that_appears_below_the_pointer_does_not_stop_the_list(
    visit: Visits, shared: PageServer
) -> None:
    with shared.meet("following", "fay", "fred") as [fay, fred]:
        fred.send_many("following", "number", 30)
        page = visit(shared, fay.token, "rooms/following")
        page.message("number 29").hover()
        more = page.message("number 29").get_by_role("button", name="More actions")
        page.message("number 29").get_by_role("button", name="Reply", exact=True).wait_for()
        place = more.bounding_box()
        assert place
        page.composer.hover()
        expect(more).to_have_count(0)
        page.tab.mouse.move(place["x"] + 8, place["y"] + place["height"] - 4)
        expect(more).to_be_visible()
        fred.send_many("following", "later", 30)
        expect(page.message("later 29")).to_be_in_viewport()

        # It is held from the first move on.
        page.message("later 29").hover()
        page.message("later 29").get_by_role("button", name="More actions").hover()
        fred.send_many("following", "last", 30)
        expect(page.message("last 29")).to_have_count(1)
        expect(page.message("last 29")).not_to_be_in_viewport()
        expect(page.message("later 29")).to_be_in_viewport()


def test_the_sidebar_stays_where_it_is_while_a_view_is_loaded(
    visit: Visits, shared: PageServer
) -> None:
    tab = visit(shared, shared.sign_up("lazlo"), "settings").tab
    held: list[Route] = []
    tab.route("**/views/settings.js", lambda request: held.append(request))
    tab.reload()
    sidebar = tab.get_by_role("navigation", name="Rooms and messages")
    expect(tab.locator(".shell > .centered")).to_be_visible()
    place = sidebar.bounding_box()
    for request in held:
        request.continue_()
    expect(tab.get_by_role("heading", name="Settings").first).to_be_visible()
    assert sidebar.bounding_box() == place
