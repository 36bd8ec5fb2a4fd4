"""The composer, and what waits to be sent."""

from .browser import Browser
from .conftest import PageServer
from .people import ERROR, NOTICE, PENDING, REFUSE, TEXTS, enter, join, log_in, say

WRITTEN = "document.getElementById('text').value"


async def test_odd_and_long_texts(browser: Browser, shared: PageServer) -> None:
    page = await enter(browser, shared.url, await shared.sign_up("ann"))
    await join(page, "odd")

    # Half a pair of surrogates and NUL are in no frame that the server takes.
    await page.evaluate(
        "document.getElementById('text').value = 'a\\ud800\\0b';"
        "document.getElementById('composer').requestSubmit()"
    )
    await say(page, "and on")
    await page.until(f"[{TEXTS}, {PENDING}]", [["a\ufffdb", "and on"], 0])

    # What is too long stays where it can be shortened. Characters count, not UTF-16's units.
    await page.type("#text", "🙂" * 4001, "Enter")
    await page.until(f"/at most 4,000 characters/.test({NOTICE})")
    assert await page.evaluate(f"[...{WRITTEN}].length") == 4001
    await say(page, "🙂" * 4000)
    await page.until(f"[[...{TEXTS}.at(-1)].length, {PENDING}]", [4000, 0])


async def test_what_waits_is_its_writers_alone(browser: Browser, shared: PageServer) -> None:
    token = await shared.sign_up("bea")
    await shared.sign_up("ben")
    page = await enter(browser, shared.url, token, REFUSE)
    await join(page, "waiting")

    # A server without space keeps it waiting, and the page says so.
    await page.evaluate("refusing.sendMessage = 'storage_full'")
    await say(page, "bea's")
    await page.until("/no space/.test(document.querySelector('.pending .state')?.textContent)")

    # Logging out would lose it, so that is asked about.
    await page.evaluate("confirm = () => false")
    await page.click("#log-out")
    await page.until(f"[{TEXTS}, {PENDING}]", [["bea's"], 1])

    # The log-in ends, somebody else comes in on the same page: it is neither seen nor sent.
    await shared.http("POST", "/api/logout", token=token)
    await page.until(ERROR, "You have been logged out.")
    await log_in(page, "ben")
    await join(page, "waiting")
    await page.evaluate("refusing = {}")
    await say(page, "ben's")
    await page.until(f"[{TEXTS}, {PENDING}]", [["ben's"], 0])

    # When its writer comes back, over a reload too, it is sent, once.
    await page.click("#log-out")
    await page.until("!document.getElementById('entrance').hidden")
    await page.evaluate("refusing.sendMessage = 'storage_full'")
    await log_in(page, "bea")
    await page.evaluate("location.hash = 'waiting'")
    await page.until(f"[{TEXTS}, {PENDING}]", [["ben's", "bea's"], 1])
    await page.go()
    await page.until(f"[{TEXTS}, {PENDING}]", [["ben's", "bea's"], 0])
    await page.go()
    await page.until(f"[{TEXTS}, {PENDING}]", [["ben's", "bea's"], 0])


async def test_a_room_that_refuses_for_now_holds_back_its_own_messages_only(
    browser: Browser, shared: PageServer
) -> None:
    page = await enter(browser, shared.url, await shared.sign_up("bob9"), REFUSE)
    await join(page, "fine9")
    await join(page, "failing9")
    await page.evaluate("refusingRoom = 'failing9'; refusing.sendMessage = 'internal'")
    await say(page, "one", "two")
    await page.until("refused >= 2")
    await page.evaluate("location.hash = 'fine9'")
    await say(page, "elsewhere")
    await page.until(f"[{TEXTS}, {PENDING}]", [["elsewhere"], 0])
    await page.evaluate("refusing = {}; location.hash = 'failing9'")
    await page.until(f"[{TEXTS}, {PENDING}]", [["one", "two"], 0])


async def test_a_lasting_refusal_is_told_at_the_message(
    browser: Browser, shared: PageServer
) -> None:
    await shared.sign_up("bud9")
    page = await enter(browser, shared.url, await shared.sign_up("ben9"), REFUSE)
    await page.evaluate("location.hash = '@ben9:bud9'")
    state = "document.querySelector('.failed .state')?.innerText"
    for reason, words in (
        ("forbidden", "does not take messages from you"),
        ("quota_exceeded", "limit is reached"),
    ):
        await page.evaluate(f"refusing.sendMessage = '{reason}'")
        await say(page, "hello")
        await page.until(f"{state}.includes('{words}')")
        await page.click(".failed .state button:last-child")
        await page.until(PENDING, 0)
