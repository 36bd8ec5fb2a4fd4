"""The page in a real browser, against a real server: what people do with it."""

from .browser import Browser
from .conftest import PageServer
from .people import (
    ERROR,
    MESSAGES,
    PASSWORD,
    PENDING,
    TEXTS,
    TITLE,
    TOKEN,
    badges,
    enter,
    join,
    say,
    send_many,
    sign_up,
)

LOST = "!document.getElementById('status').hidden"

# The message `losing` never reaches the page as an event.
LOSE_EVENTS = """
window.WebSocket = class extends WebSocket {
    set onmessage(hear) {
        super.onmessage = hear && ((event) => {
            const { method, params } = JSON.parse(event.data);
            if (method !== 'newMessage' || params.text !== window.losing) hear(event);
        });
    }
};
"""

# Something else is drawn before the browser tells the page of the scroll, in its next frame.
SCROLL_UP_AND_DRAW = """
document.getElementById('scroll').scrollTop = 0;
document.dispatchEvent(new Event('visibilitychange'));
"""


async def test_two_people_chat_and_nothing_is_lost(browser: Browser, server: PageServer) -> None:
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
    server.start()
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


async def test_edits_and_deletes_are_shown(browser: Browser, shared: PageServer) -> None:
    alice = await enter(browser, shared.url, await shared.sign_up("alice1"))
    bob = await enter(browser, shared.url, await shared.sign_up("bob1"))
    await join(alice, "general1")
    await join(bob, "general1")
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


async def test_what_was_missed_is_fetched(browser: Browser, shared: PageServer) -> None:
    token = await shared.sign_up("alice2")
    alice = await enter(browser, shared.url, token)
    bob = await enter(browser, shared.url, await shared.sign_up("bob2"), LOSE_EVENTS)
    await join(alice, "general2")
    await join(bob, "general2")

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
    async with shared.session(token) as client:
        await send_many(client, "general2", "number", 250)
    await bob.until("document.title", "(250) chatroom")
    await bob.click("[href='#general2']")
    await bob.until(f"[{MESSAGES}, document.title]", [253, "general2 · chatroom"])

    # A fresh page begins with the latest, and scrolling up brings the rest.
    await bob.go()
    await bob.until(f"[{MESSAGES}, {TEXTS}.at(-1)]", [50, "number 249"])
    for loaded in (100, 150, 200, 250, 253):
        await bob.evaluate(SCROLL_UP_AND_DRAW)
        await bob.until(MESSAGES, loaded)
    await bob.until(f"{TEXTS}[0]", "the first")


async def test_errors_are_told_in_words(browser: Browser, shared: PageServer) -> None:
    alice = await sign_up(browser, shared, "alice3")
    await join(alice, "general3")
    other = await browser.open(shared.url)
    await other.type("[name=name]", "alice3")
    await other.type("[name=password]", "wrong horse", "Enter")
    await other.until(f"/wrong|password/i.test({ERROR})")
    await other.click(".modes label:nth-of-type(2)")
    await other.type("[name=password]", PASSWORD, "Enter")
    await other.until(ERROR, "The name is taken.")

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
    bob = await sign_up(browser, shared, "bob3")
    await bob.evaluate("location.hash = 'general3'")
    await bob.click("#join-here")
    await bob.until("document.getElementById('empty').textContent", "Nothing here yet. Say hello.")

    # A token that is revoked elsewhere ends here, too.
    await alice.evaluate(
        "fetch('/api/logout', {method: 'POST',"
        " headers: {'Content-Type': 'application/json',"
        " Authorization: `Bearer ${localStorage.getItem('chatroom.token')}`}})"
        ".then(() => null)"
    )
    await alice.until(ERROR, "You have been logged out.")
    assert await alice.evaluate(TOKEN) is None
    await bob.click("#log-out")
    await bob.until("!document.getElementById('entrance').hidden")
