"""The page in a real browser, against a real server: what people do with it."""

import json

from trio_websocket import open_websocket_url

from .browser import Browser, Page
from .conftest import Server

PASSWORD = "correct horse"  # noqa: S105
MESSAGES = "document.querySelectorAll('.message:not(.pending)').length"
PENDING = "document.querySelectorAll('.pending').length"
TEXTS = "[...document.querySelectorAll('.text')].map((text) => text.textContent)"
TITLE = "document.getElementById('title').textContent"
LOST = "!document.getElementById('status').hidden"

# Events whose text is in `losing` never reach the page.
LOSE_EVENTS = """
window.WebSocket = class extends WebSocket {
    set onmessage(hear) {
        super.onmessage = hear && ((event) => {
            if (!window.losing || !event.data.includes(window.losing)) hear(event);
        });
    }
};
"""

# Something else is drawn before the browser tells the page of the scroll, in its next frame.
SCROLL_UP_AND_DRAW = """
document.getElementById('scroll').scrollTop = 0;
document.dispatchEvent(new Event('visibilitychange'));
"""


async def sign_up(browser: Browser, server: Server, name: str) -> Page:
    page = await browser.open(server.url)
    await page.click(".modes label:nth-of-type(2)")
    await page.type("[name=name]", name)
    await page.type("[name=password]", PASSWORD, "Enter")
    await page.until("document.getElementById('me').textContent", name)
    return page


async def join(page: Page, room: str) -> None:
    await page.type("#join input", room, "Enter")
    await page.until(f"{TITLE} === '{room}' && !document.getElementById('leave').hidden")


async def say(page: Page, *texts: str) -> None:
    for text in texts:
        await page.type("#text", text, "Enter")
        await page.until("document.getElementById('text').value", "")


def badges(room: str) -> str:
    return f"[...document.querySelectorAll('[href=\"#{room}\"] .badge')].map((b) => b.textContent)"


async def test_two_people_chat_and_nothing_is_lost(browser: Browser, server: Server) -> None:
    alice = await sign_up(browser, server, "alice")
    bob = await sign_up(browser, server, "bob")
    await join(alice, "general")
    await join(bob, "general")

    # Both see each other, live, and markup is text.
    await bob.type("#text", "I am ty")
    await alice.until("document.getElementById('typing').textContent", "bob is typing…")
    await say(bob, "<b>hello</b> & good morning")
    await alice.until(TEXTS, ["<b>hello</b> & good morning"])
    await alice.until("document.getElementById('typing').textContent", "")
    await say(alice, "hello @bob, see https://example.org/.")
    await bob.until("document.querySelector('.mentioned a').href", "https://example.org/")
    await bob.until("document.getElementById('about').textContent", "2 online: you, alice")

    # Bob goes away. What is acknowledged then survives a kill; what isn't is sent afterwards.
    await bob.go("about:blank")
    await say(alice, "one", "two @bob")
    await alice.until(f"[{MESSAGES}, {PENDING}]", [4, 0])
    await alice.type("#direct input", "Bob", "Enter")
    await alice.until("document.getElementById('empty').innerText.includes('first message')")
    await say(alice, "just for you")
    await alice.until(f"[{MESSAGES}, {PENDING}]", [1, 0])
    await server.kill()
    await alice.until(LOST)
    await say(alice, "written while it was down")
    await alice.until(PENDING, 1)
    await server.start()
    await alice.until(f"[{MESSAGES}, {PENDING}, {LOST}]", [2, 0, False])

    # He comes back, is told of all of it, and reads it.
    await bob.go(server.url)
    await bob.until("document.title", "(4) chatroom")
    await bob.until(badges("general"), ["@1 mentions", "2 unread"])
    await bob.until(badges("@alice:bob"), ["2 unread"])
    await bob.click("[href='#@alice:bob']")
    await bob.until(TEXTS, ["just for you", "written while it was down"])
    await bob.click("[href='#general']")
    await bob.until(f"{TEXTS}.slice(2)", ["one", "two @bob"])
    await bob.until("document.querySelectorAll('.new').length", 1)
    await bob.until("document.title", "general · chatroom")
    await bob.go()
    await bob.until(f"[{MESSAGES}, document.title]", [4, "general · chatroom"])


async def test_edits_and_deletes_are_shown(browser: Browser, server: Server) -> None:
    alice = await sign_up(browser, server, "alice")
    bob = await sign_up(browser, server, "bob")
    await join(alice, "general")
    await join(bob, "general")
    await say(alice, "frist", "nonsense", "last")
    await bob.until(TEXTS, ["frist", "nonsense", "last"])

    await alice.click(".message:nth-of-type(2) .actions button:first-child")
    await alice.until("document.getElementById('text').value", "frist")
    await say(alice, "first")
    await alice.evaluate("confirm = () => true")
    await alice.click(".message:nth-of-type(3) .actions button:last-child")

    shown = ["first edited", "This message was deleted.", "last"]
    await alice.until(TEXTS, shown)
    await bob.until(TEXTS, shown)


async def test_what_was_missed_is_fetched(browser: Browser, server: Server) -> None:
    alice = await sign_up(browser, server, "alice")
    await join(alice, "general")
    bob = await sign_up(browser, server, "bob")
    await bob.call("Page.enable")
    await bob.call("Page.addScriptToEvaluateOnNewDocument", source=LOSE_EVENTS)
    await bob.go()
    await bob.until("document.getElementById('me').textContent", "bob")
    await join(bob, "general")

    # A lost event leaves a gap, which the next one shows.
    await bob.evaluate("losing = 'the second'")
    await say(alice, "the first", "the second")
    await alice.until(f"[{MESSAGES}, {PENDING}]", [2, 0])
    await bob.until(TEXTS, ["the first"])
    await bob.evaluate("losing = null")
    await say(alice, "the third")
    await bob.until(TEXTS, ["the first", "the second", "the third"])

    # More than a page can bring, while he is elsewhere.
    await bob.evaluate("location.hash = ''")
    await bob.until(TITLE, "")
    await send_many(alice, server, "general", 250)
    await bob.until("document.title", "(250) chatroom")
    await bob.click("[href='#general']")
    await bob.until(f"[{MESSAGES}, document.title]", [253, "general · chatroom"])

    # A fresh page begins with the latest, and scrolling up brings the rest.
    await bob.go()
    await bob.until(f"[{MESSAGES}, {TEXTS}.at(-1)]", [50, "number 250"])
    for loaded in (100, 150, 200, 250, 253):
        await bob.evaluate(SCROLL_UP_AND_DRAW)
        await bob.until(MESSAGES, loaded)
    await bob.until(f"{TEXTS}[0]", "the first")


async def send_many(page: Page, server: Server, room: str, count: int) -> None:
    """In that person's name, faster than anybody types."""
    token = await page.evaluate("localStorage.getItem('chatroom.token')")
    calls = [("connect", {"token": token})]
    calls += [("sendMessage", {"room": room, "text": f"number {n + 1}"}) for n in range(count)]
    async with open_websocket_url(f"{server.url.replace('http', 'ws')}/ws") as websocket:
        for number, (method, params) in enumerate(calls):
            call = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
            await websocket.send_message(json.dumps(call))
            reply = json.loads(await websocket.get_message())
            assert "error" not in reply, reply


async def test_errors_are_told_in_words(browser: Browser, server: Server) -> None:
    alice = await sign_up(browser, server, "alice")
    await join(alice, "general")
    other = await browser.open(server.url)
    error = "document.getElementById('entry-error').textContent"
    await other.type("[name=name]", "alice")
    await other.type("[name=password]", "wrong horse", "Enter")
    await other.until(f"/wrong|password/i.test({error})")
    await other.click(".modes label:nth-of-type(2)")
    await other.type("[name=password]", PASSWORD, "Enter")
    await other.until(error, "The name is taken.")

    # A message that cannot be sent says so and can be thrown away.
    await alice.type("#direct input", "nobody", "Enter")
    await alice.until(TITLE, "nobody")
    await say(alice, "anyone?")
    await alice.until(
        "document.querySelector('.failed .state')?.innerText.includes('no such person')"
    )
    await alice.click(".failed .state button:last-child")
    await alice.until(PENDING, 0)

    # A room that one is not in offers itself.
    bob = await sign_up(browser, server, "bob")
    await bob.evaluate("location.hash = 'general'")
    await bob.click("#join-here")
    await bob.until("document.getElementById('empty').textContent", "Nothing here yet. Say hello.")

    # A token that is revoked elsewhere ends here, too.
    await alice.evaluate(
        "fetch('/api/logout', {method: 'POST',"
        " headers: {Authorization: `Bearer ${localStorage.getItem('chatroom.token')}`}})"
        ".then(() => null)"
    )
    await alice.until(error, "You have been logged out.")
    assert await alice.evaluate("localStorage.getItem('chatroom.token')") is None
    await bob.click("#log-out")
    await bob.until("!document.getElementById('entrance').hidden")
