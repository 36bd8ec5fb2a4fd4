"""The page in Chromium, as fast as on an old laptop: first paint, room switches, many new messages,
memory."""

import os
import shutil
import statistics
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, Final

import attrs
import trio
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, sync_playwright

from .load import Clock, Result, close, members, message, send_at
from .server import CORES, Server

LAPTOP_MS: Final = 3.0
"""What a round of ``ROUNDS`` takes on the old laptop. That is the speed of the machine on which the
page was first measured, throttled four times as Chromium usually emulates slow devices: switches
between rooms take the same time as there."""
ROUNDS: Final = """
async () => {
    const words = 'of a row '.repeat(9);
    const round = () => {
        const start = performance.now();
        for (let number = 0; number < 50; number++) {
            const row = document.createElement('p');
            for (const text of JSON.parse(JSON.stringify([String(number), words]))) {
                const cell = document.createElement('span');
                cell.textContent = text;
                row.append(cell);
            }
            document.body.append(row);
        }
        document.body.getBoundingClientRect();
        document.body.replaceChildren();
        return performance.now() - start;
    };
    const times = [];
    for (let number = 0; number < 1000; number++) {
        times.push(round());
        if (number % 20 === 0) await new Promise((resolve) => setTimeout(resolve));
    }
    return times.slice(200);
}
"""
"""Rounds of JSON, elements and layout, in ms, after others that warm up. They are short, so that
other processes interrupt few of them."""
NAME: Final = "reader"
PASSWORD: Final = "correct-horse-9"  # noqa: S105 - of a server on loopback, for seconds
ROOMS: Final = ("busy", "quiet")
FILLED: Final = 200
"""Messages in each room before the page opens."""
RATE: Final = 100
"""New messages a second."""
SWITCHES: Final = 20
WAIT_MS: Final = 60_000

WATCH: Final = """
window.slowFrames = [];
new PerformanceObserver((list) => {
    slowFrames.push(...list.getEntries().map((entry) => entry.duration));
}).observe({ type: 'long-animation-frame' });
"""
"""Chromium reports frames over 50 ms."""
NOT_IDLE: Final = "window.requestIdleCallback = () => 0"
"""Files that the page loads when it is idle are no part of its first load."""
SHOWN: Final = """
new Promise((resolve) => {
    const check = () => {
        const shown = document.querySelector('.message');
        requestAnimationFrame(shown ? () => resolve(performance.now()) : check);
    };
    check();
})
"""
PAINTED: Final = """
new Promise((resolve) => {
    new PerformanceObserver((list) => {
        const paint = list.getEntriesByName('first-contentful-paint')[0];
        if (paint) resolve(paint.startTime);
    }).observe({ type: 'paint', buffered: true });
})
"""
"""Chromium reports a paint some time after it."""
SWITCH: Final = """
(room) => new Promise((resolve) => {
    const start = performance.now();
    document.querySelector(`[data-room="${room}"]`).click();
    const check = () => {
        const there = document.querySelector(`main[data-room="${room}"] .message`);
        requestAnimationFrame(there ? () => resolve(performance.now() - start) : check);
    };
    requestAnimationFrame(check);
})
"""


@attrs.frozen
class Sender:
    """Sends from the browser's thread.

    :ivar fill: sends a number of messages as fast as the server takes them.
    :ivar keep: sends at a rate for some seconds.
    """

    fill: Callable[[str, int], Awaitable[None]]
    keep: Callable[[str, float, float], Awaitable[int]]


async def browsing(server: Server, *, messages: int, seconds: float) -> Result:
    """Measure a person's page while another one writes.

    :param messages: in how many more messages its memory is compared.
    """

    # Each sending has a connection of its own, since nobody would answer pings in between.
    async def fill(room: str, count: int) -> None:
        [author] = await members(server, room, ["author"])
        left = count
        while left:
            some = min(left, 100)
            await author.send(b"".join([message(author, room) for _ in range(some)]))
            answered = 0
            while answered < some:
                answered += await author.take()
            left -= some
        close([author])

    async def keep(room: str, rate: float, duration: float) -> int:
        [author] = await members(server, room, ["author"])
        sent = await send_at([author], room, rate, duration)
        close([author])
        return sent

    for room in ROOMS:
        await fill(room, FILLED)
    clock = Clock(server)
    browse = partial(_browse, server, Sender(fill, keep), messages, seconds)
    figures = await trio.to_thread.run_sync(browse)
    return clock.stop().result(figures)


def _browse(server: Server, sender: Sender, messages: int, seconds: float) -> dict[str, float]:
    program = shutil.which("chromium")
    if program is None:
        raise RuntimeError("there is no chromium here")
    os.sched_setaffinity(0, CORES)  # of this thread, and of the browser that it starts
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program)
        throttle = _throttle(browser)
        context = browser.new_context(base_url=f"http://{server.host}:{server.port}")
        page = context.new_page()
        page.set_default_timeout(WAIT_MS)
        page.add_init_script(WATCH)
        _sign_up(page)
        first = _first_load(context, throttle)
        tools = _throttled(page, throttle)
        figures = {
            "CPU throttle": throttle,
            **first,
            **_switches(page),
            **_many(page, sender, seconds),
            **_memory(page, tools, sender, messages),
        }
        browser.close()
    return figures


def _sign_up(page: Page) -> None:
    page.goto("/")
    page.get_by_role("button", name="I need an account").click()
    page.get_by_label("Account name").fill(NAME)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    for room in ROOMS:
        page.goto(f"/#/rooms/{room}")
        page.get_by_role("button", name="Join", exact=True).click()
        page.locator(".message").first.wait_for()


def _throttle(browser: Browser) -> float:
    """Return how many times faster this machine is than the old laptop."""
    page = browser.new_page()
    times: Sequence[float] = page.evaluate(ROUNDS)
    page.close()
    return LAPTOP_MS / statistics.median(times)


def _throttled(page: Page, throttle: float) -> CDPSession:
    tools = page.context.new_cdp_session(page)
    tools.send("Emulation.setCPUThrottlingRate", {"rate": max(throttle, 1)})
    return tools


def _first_load(context: BrowserContext, throttle: float) -> dict[str, float]:
    """Load the page without caches in a tab of its own, until the first message is painted."""
    page = context.new_page()
    page.add_init_script(NOT_IDLE)
    tools = _throttled(page, throttle)
    transferred: list[float] = []
    tools.on("Network.loadingFinished", lambda done: transferred.append(done["encodedDataLength"]))
    tools.send("Network.enable")
    tools.send("Network.setCacheDisabled", {"cacheDisabled": True})
    tools.send("Network.setBypassServiceWorker", {"bypass": True})
    page.goto(f"/#/rooms/{ROOMS[0]}")
    shown = page.evaluate(SHOWN)
    paint = page.evaluate(PAINTED)
    page.close()
    return {
        "first paint ms": paint,
        "first message ms": shown,
        "first load KB": sum(transferred) / 1000,
        "first load requests": len(transferred),
    }


def _switches(page: Page) -> dict[str, float]:
    times = [page.evaluate(SWITCH, ROOMS[number % 2]) for number in range(1, SWITCHES + 1)]
    return {"room switch p50 ms": statistics.median(times), "room switch worst ms": max(times)}


def _many(page: Page, sender: Sender, seconds: float) -> dict[str, float]:
    """Show new messages as they come, at the end of the list."""
    page.goto(f"/#/rooms/{ROOMS[0]}")
    page.locator(".message").first.wait_for()
    page.wait_for_timeout(1000)  # frames of the opening are reported late
    page.evaluate("slowFrames.length = 0")
    trio.from_thread.run(sender.keep, ROOMS[0], RATE, seconds)
    slow: Sequence[float] = page.evaluate("slowFrames")
    return {"frames over 50 ms": len(slow), "worst frame ms": max(slow, default=0)}


def _memory(page: Page, tools: CDPSession, sender: Sender, messages: int) -> dict[str, float]:
    def used() -> float:
        tools.send("HeapProfiler.collectGarbage")
        metrics: Any = tools.send("Performance.getMetrics")
        found = {each["name"]: each["value"] for each in metrics["metrics"]}
        return float(found["JSHeapUsedSize"]) / 1e6

    tools.send("Performance.enable")
    trio.from_thread.run(sender.fill, ROOMS[0], messages // 4)  # caches are filled
    page.wait_for_timeout(1000)
    before = used()
    trio.from_thread.run(sender.fill, ROOMS[0], messages)
    page.wait_for_timeout(1000)
    return {"heap MB": before, "heap MB more": used() - before}
