"""Redrawing between press and release of a mouse button does not lose the click."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from typing import Final

import pytest
from playwright.sync_api import Locator, expect

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
    """Its unread count changes continuously, and other conversations move it down the list."""
    me, room = f"mia{rate}", f"busy{rate}"
    people = me, f"max{rate}", f"mo{rate}"
    with shared.meet(room, *people) as [phone, one, other]:
        page = visit(shared, phone.token, init_script=COUNT_CLICKS)

        def write(number: int) -> None:
            one.say(room, f"{number}")
            (one, other)[number % 2].call("sendMessage", to=me, text=f"{number}")

        for link in ("#rooms a", "#directs a"):
            with at_a_rate(rate, write):
                expect(page.tab.locator(f"{link} .badge").first).to_be_visible()
                click_often(page, link, page.tab.locator(link).first)


def test_a_button_in_a_message_gets_each_click(visit: Visits, shared: PageServer) -> None:
    """The message changes, and new messages below it scroll the log."""
    with shared.meet("edits", "may") as [phone]:
        page = visit(shared, phone.token, "edits", init_script=COUNT_CLICKS)
        page.say("to be edited")
        page.shows("to be edited")

        def edit(number: int) -> None:
            phone.call("editMessage", room="edits", seq=1, text=f"edited {number}")

        def write(number: int) -> None:
            phone.say("edits", f"{number}")

        phone.send_many("edits", "number", 50)
        expect(page.messages).to_have_count(51)
        buttons = page.button("Edit")
        for button, change in ((buttons.first, edit), (buttons.last, write)):
            with at_a_rate(20, change):
                click_often(page, ".actions button", button)


# Draws several lists of keys in turn. Returns the keys of the items moved in each step, or a word
# for the first fault.
REORDER = """
async ([focused, ...orders]) => {
    const { src } = document.querySelector('script[src]');
    const { make, reconcile } = await import(new URL('dom.js', src));
    const list = document.body.appendChild(make('ul', {}));
    const draw = (keys, number) => reconcile(list, [...keys].map((key) => {
        const build = () => make('li', {}, make('button', {}, `${key}${number}`));
        return { key, stamp: `${number}`, build };
    }));
    draw(orders[0], 0);
    const first = new Map([...list.children].map((node) => [node.dataset.key, node.firstChild]));
    first.get(focused)?.focus();
    const moved = [];
    for (const [index, keys] of orders.entries()) {
        const observer = new MutationObserver(() => {});
        observer.observe(list, { childList: true });
        draw(keys, index);
        moved.push(observer.takeRecords().flatMap(({ addedNodes }) => [...addedNodes])
            .map((node) => node.dataset.key).join(''));
        const buttons = [...list.querySelectorAll('button')];
        const wanted = [...keys].map((key) => `${key}${index}`).join();
        if (buttons.map(({ textContent }) => textContent).join() !== wanted) return 'wrong';
        const same = (button) => button === first.get(button.parentNode.dataset.key);
        if (!buttons.every(same)) return 'made anew';
        if (focused && document.activeElement !== first.get(focused)) return 'lost the focus';
    }
    list.remove();
    return moved.slice(1);
}
"""


def test_a_list_keeps_its_elements(visit: Visits, shared: PageServer) -> None:
    page = visit(shared)
    for focused, orders, moved in (
        ("", ["abcd", "dabc", "abcd"], ["d", "d"]),  # only "d" moves, up and then down
        ("", ["abcd", "dcba", "cb", "bc"], None),
        ("d", ["abcd", "dabc"], ["abc"]),  # the others move, not the focused one
        ("b", ["abcd", "cdba", "bacd", "acdb"], None),
    ):
        found = page.tab.evaluate(REORDER, [focused, *orders])
        assert isinstance(found, list), (found, orders)
        assert moved is None or found == moved, orders
