"""Chromium, driven through its DevTools protocol: as much as the tests of the page need.

Every wait has a deadline and waits for a condition; keys and clicks are the browser's own input,
so what lies under something else cannot be clicked.
"""

import json
import math
import shutil
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, Final

import trio
from trio_websocket import ConnectionClosed, WebSocketConnection, open_websocket_url

WAIT_S: Final = 30
"""For what comes by itself. Who lost the connection may wait half of it before trying again."""
_FLAGS: Final = (
    "--headless",
    "--no-sandbox",  # neither root nor a container has one; it sees only our own page
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--remote-debugging-port=0",
    # A mouse, which a machine without a screen has not: what hovering shows is shown.
    "--blink-settings=primaryHoverType=2,availableHoverTypes=2"
    ",primaryPointerType=4,availablePointerTypes=4",
)
_KEYS: Final = {"Enter": ("\r", 13), "Escape": ("", 27)}


@contextmanager
def chromium(profile: Path) -> Iterator[str]:
    """The address of its DevTools. ``profile`` is a directory of its own, which is empty."""
    program = shutil.which("chromium")
    assert program, "there is no chromium here: apt-get install chromium"
    process = subprocess.Popen(
        [program, *_FLAGS, f"--user-data-dir={profile}"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield _address(profile / "DevToolsActivePort", process)
    finally:
        process.terminate()
        try:
            process.wait(WAIT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(WAIT_S)


def _address(port_file: Path, process: subprocess.Popen[bytes]) -> str:
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        assert process.poll() is None, "chromium has ended"
        lines = port_file.read_text().split() if port_file.exists() else []
        if len(lines) == 2:
            return f"ws://127.0.0.1:{lines[0]}{lines[1]}"
        time.sleep(0.02)
    raise AssertionError("chromium does not tell its port")


@asynccontextmanager
async def browsing(address: str) -> AsyncIterator["Browser"]:
    """Closes, at the end, what was opened."""
    async with (
        open_websocket_url(address, max_message_size=1 << 25) as websocket,
        trio.open_nursery() as nursery,
    ):
        browser = Browser(websocket)
        nursery.start_soon(browser.listen)
        yield browser
        await browser.close()
        nursery.cancel_scope.cancel()


class BrowserError(Exception):
    """What was asked of the browser failed."""


class Browser:
    def __init__(self, websocket: WebSocketConnection) -> None:
        self._websocket = websocket
        self._waiting: dict[int, tuple[trio.Event, list[dict[str, Any]]]] = {}
        self._last_id = 0
        self._contexts: list[str] = []
        self.troubles: Final[list[str]] = []
        """What a developer would find in the consoles; that a request failed is no trouble."""

    async def listen(self) -> None:
        while True:
            try:
                message = json.loads(await self._websocket.get_message())
            except ConnectionClosed:
                for event, replies in self._waiting.values():
                    replies.append({"error": "the browser has gone"})
                    event.set()
                return
            self._note(message.get("method"), message.get("params"))
            if (waiting := self._waiting.pop(message.get("id", 0), None)) is not None:
                waiting[1].append(message)
                waiting[0].set()

    def _note(self, event: str | None, params: Any) -> None:
        match event:
            case "Runtime.exceptionThrown":
                self.troubles.append(str(params["exceptionDetails"]))
            case "Runtime.consoleAPICalled":
                self.troubles.append(str(params["args"]))
            case "Log.entryAdded" if params["entry"]["source"] != "network":
                self.troubles.append(str(params["entry"]))

    async def close(self) -> None:
        for context in self._contexts:
            await self.call("Target.disposeBrowserContext", browserContextId=context)

    async def call(self, method: str, session: str | None = None, **params: Any) -> dict[str, Any]:
        self._last_id += 1
        call: dict[str, Any] = {"id": self._last_id, "method": method, "params": params}
        if session is not None:
            call["sessionId"] = session
        event, replies = trio.Event(), list[dict[str, Any]]()
        self._waiting[self._last_id] = event, replies
        with trio.fail_after(WAIT_S):
            await self._websocket.send_message(json.dumps(call))
            await event.wait()
        if "error" in replies[0]:
            raise BrowserError(f"{method}: {replies[0]['error']}")
        result: dict[str, Any] = replies[0]["result"]
        return result

    async def open(self, url: str) -> "Page":
        """A page of somebody else: nothing is shared with the other pages."""
        context = await self.call("Target.createBrowserContext")
        self._contexts.append(context["browserContextId"])
        return await self.open_tab(url, self._contexts[-1])

    async def open_tab(self, url: str, context: str) -> "Page":
        target = await self.call("Target.createTarget", url=url, browserContextId=context)
        session = await self.call(
            "Target.attachToTarget", targetId=target["targetId"], flatten=True
        )
        page = Page(self, session["sessionId"], context)
        for domain in ("Runtime", "Log", "Page"):
            await page.call(f"{domain}.enable")
        await page.until("location.protocol !== 'about:' && document.readyState === 'complete'")
        return page


class Page:
    def __init__(self, browser: Browser, session: str, context: str) -> None:
        self._browser = browser
        self._session = session
        self._context = context

    async def open_tab(self, url: str) -> "Page":
        """Another page of the same person."""
        return await self._browser.open_tab(url, self._context)

    async def call(self, method: str, **params: Any) -> dict[str, Any]:
        return await self._browser.call(method, self._session, **params)

    async def go(self, url: str | None = None) -> None:
        """To that address, or to the present one anew; nothing of the page before is left then."""
        await self.evaluate("window.before = true")
        await (self.call("Page.navigate", url=url) if url else self.call("Page.reload"))
        await self.until("!window.before && document.readyState === 'complete'")

    async def evaluate(self, expression: str) -> Any:
        answer = await self.call(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in answer:
            raise BrowserError(f"{expression}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    async def until(self, expression: str, wanted: object = True) -> None:
        """Waits until the expression has the value wanted; it may fail before."""
        await self._value(expression, lambda value: bool(value == wanted), repr(wanted))

    async def _value(self, expression: str, fits: Callable[[Any], bool], wanted: str) -> Any:
        """The first value that fits; the expression may fail before."""
        value: object = None
        with trio.move_on_after(WAIT_S):
            while True:
                try:
                    value = await self.evaluate(expression)
                except BrowserError as error:  # an element, or the whole page, is yet to come
                    value = str(error)
                if fits(value):
                    return value
                await trio.sleep(0.02)
        shown = await self.evaluate("document.body.innerText")
        raise AssertionError(f"{expression} is {value!r}, not {wanted}; the page shows:\n{shown}")

    async def click(self, selector: str, press_s: float = 0) -> None:
        """In its middle, once it is there and nothing covers it.

        :param press_s: seconds between the press and the release.
        """
        find = f"document.querySelector({json.dumps(selector)})"
        middle = f"""(() => {{
            const element = {find};
            element?.scrollIntoView({{block: 'nearest'}});
            const box = element?.getBoundingClientRect();
            const [x, y] = box ? [box.x + box.width / 2, box.y + box.height / 2] : [-1, -1];
            return element?.contains(document.elementFromPoint(x, y)) ? [x, y] : null;
        }})()"""
        found = await self._value(middle, lambda value: isinstance(value, list), "a place")
        x, y = map(math.floor, found)
        for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
            if kind == "mouseReleased":
                await trio.sleep(press_s)
            await self.call(
                "Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1
            )

    async def type(self, selector: str, text: str, key: str | None = None) -> None:
        """Into a field, in place of what is there; ``key`` is pressed at the end."""
        await self.click(selector)
        await self.evaluate(f"document.querySelector({json.dumps(selector)}).select()")
        await self.call("Input.insertText", text=text)
        if key is not None:
            await self.press(key)

    async def press(self, key: str) -> None:
        text, code = _KEYS[key]
        for kind in ("keyDown", "keyUp"):
            await self.call(
                "Input.dispatchKeyEvent",
                type=kind,
                key=key,
                code=key,
                windowsVirtualKeyCode=code,
                text=text if kind == "keyDown" else "",
            )
