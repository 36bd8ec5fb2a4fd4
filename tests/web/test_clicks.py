"""A click is not lost because something was redrawn between its press and its release."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import count

import pytest
import trio

from .browser import Browser
from .conftest import PageServer
from .people import MESSAGES, TEXTS, enter, say, send_many

PRESS_S = 0.09
"""How long a person holds a mouse button down."""
CLICKS = 20

# Counts the clicks on the element that was under the pointer at the press. They do nothing else.
COUNT_CLICKS = """
window.clicks = 0;
const which = ({ target }) => target.closest(window.clickable);
addEventListener('pointerdown', (event) => { window.pressed = which(event); }, true);
addEventListener('click', (event) => {
    if (!which(event) || which(event) !== pressed) return;
    clicks += 1;
    event.preventDefault();
    event.stopPropagation();
}, true);
"""


@asynccontextmanager
async def at_a_rate(rate: int, one: Callable[[int], Awaitable[object]]) -> AsyncIterator[None]:
    """Calls ``one`` with 1, 2 and so on, so many times a second."""

    async def keep_on() -> None:
        start = trio.current_time()
        for number in count(1):
            await one(number)
            await trio.sleep_until(start + number / rate)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(keep_on)
        yield
        nursery.cancel_scope.cancel()


@pytest.mark.parametrize("rate", [5, 50])
async def test_a_conversation_in_the_list_gets_each_click(
    browser: Browser, shared: PageServer, rate: int
) -> None:
    """Its count changes all the time, and others push it down the list."""
    token = await shared.sign_up(f"mia{rate}")
    async with (
        shared.session(await shared.sign_up(f"max{rate}")) as one,
        shared.session(await shared.sign_up(f"mo{rate}")) as other,
        shared.session(token) as phone,
    ):
        for client in (phone, one):
            await client.call("joinRoom", room=f"busy{rate}")
        page = await enter(browser, shared.url, token, COUNT_CLICKS)

        async def write(number: int) -> None:
            await one.call("sendMessage", room=f"busy{rate}", text=f"{number}")
            await (one, other)[number % 2].call("sendMessage", to=f"mia{rate}", text=f"{number}")

        for link in ("#rooms a", "#directs a"):
            await page.evaluate(f"clicks = 0; clickable = '{link}'")
            async with at_a_rate(rate, write):
                await page.until(f"document.querySelectorAll('{link} .badge').length > 0")
                for _ in range(CLICKS):
                    await page.click(link, PRESS_S)
            assert await page.evaluate("clicks") == CLICKS


async def test_a_button_in_a_message_gets_each_click(browser: Browser, shared: PageServer) -> None:
    """The message changes, and others are written below it, where the log is scrolled to."""
    token = await shared.sign_up("may")
    async with shared.session(token) as phone:
        await phone.call("joinRoom", room="edits")
        page = await enter(browser, f"{shared.url}/#edits", token, COUNT_CLICKS)
        await say(page, "to be edited")
        await page.until(TEXTS, ["to be edited"])

        async def edit(number: int) -> None:
            await phone.call("editMessage", room="edits", seq=1, text=f"edited {number}")

        async def write(number: int) -> None:
            await phone.call("sendMessage", room="edits", text=f"{number}")

        await send_many(phone, "edits", "number", 50)
        await page.until(MESSAGES, 51)
        last = "li:last-child .actions button"
        for button, change in ((".actions button", edit), (last, write)):
            await page.evaluate("clicks = 0; clickable = '.actions button'")
            async with at_a_rate(20, change):
                for _ in range(CLICKS):
                    await page.click(button, PRESS_S)
            assert await page.evaluate("clicks") == CLICKS


# Draws lists of keys one after the other. Returns the keys of the moved items of each step, or a
# word for the first fault.
REORDER = """
(async (focused, ...orders) => {
    const { make, reconcile } = await import('/dom.js');
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
})
"""


async def test_a_list_keeps_its_elements(browser: Browser, shared: PageServer) -> None:
    page = await browser.open(shared.url)
    for focused, orders, moved in (
        ("", ["abcd", "dabc", "abcd"], ["d", "d"]),  # one rises, one sinks: it alone moves
        ("", ["abcd", "dcba", "cb", "bc"], None),
        ("d", ["abcd", "dabc"], ["abc"]),  # the others go out of the way of the focused one
        ("b", ["abcd", "cdba", "bacd", "acdb"], None),
    ):
        found = await page.evaluate(f"{REORDER}(...{json.dumps([focused, *orders])})")
        assert isinstance(found, list), (found, orders)
        assert moved is None or found == moved, orders
