"""What counts as read, and what is in sight while others write and change."""

from .browser import Browser, Page
from .conftest import PageServer
from .people import MESSAGES, REFUSE, TEXTS, enter, send_many

# A page that is not seen, while `away`.
HIDE = "Object.defineProperty(document, 'hidden', { get: () => window.away ?? true });"
SHOW = "away = false; document.dispatchEvent(new Event('visibilitychange'));"
COUNT_TOLD = """
window.told = 0;
const observer = new MutationObserver((changes) => { told += changes.length; });
for (const id of ['typing', 'status']) {
    observer.observe(document.getElementById(id), { childList: true });
}
"""
SCROLL = "document.getElementById('scroll')"


async def test_reading_is_told_also_later(browser: Browser, shared: PageServer) -> None:
    token = await shared.sign_up("cat")
    async with (
        shared.session(token) as phone,
        shared.session(await shared.sign_up("cal")) as cal,
    ):
        for client in (phone, cal):
            await client.call("joinRoom", room="told")
        page = await enter(browser, f"{shared.url}/#told", token, REFUSE)
        await page.until("!document.getElementById('leave').hidden")
        await page.evaluate("refusing.markRead = 'rate_limited'")
        for text in ("one", "two"):
            await cal.call("sendMessage", room="told", text=text)
        await page.until(TEXTS, ["one", "two"])
        assert (await phone.call("getInbox"))["unread"] == 2
        await page.until("refused >= 3")  # for two messages, so one was told again
        await page.evaluate("refusing = {}")
        await phone.event("unread", room="told", readSeq=2)

        # What is said aloud is not said again because something else has changed.
        await cal.call("setTyping", room="told", typing=True)
        await page.until("document.getElementById('typing').textContent", "cal is typing…")
        await page.evaluate(COUNT_TOLD)
        await cal.call("editMessage", room="told", seq=1, text="first")
        await page.until(f"{TEXTS}[0]", "first edited")
        assert await page.evaluate("told") == 0


async def test_a_page_that_is_not_seen_counts_on(browser: Browser, shared: PageServer) -> None:
    token = await shared.sign_up("dee")
    async with (
        shared.session(token) as phone,
        shared.session(await shared.sign_up("dan")) as dan,
    ):
        for client in (phone, dan):
            await client.call("joinRoom", room="unseen")
        await send_many(dan, "unseen", "number", 60)
        page = await enter(browser, f"{shared.url}/#unseen", token, HIDE)
        await page.until(f"[{MESSAGES}, document.title]", [50, "(60) unseen · chatroom"])
        await dan.call("sendMessage", room="unseen", text="one more")
        await page.until(f"[{MESSAGES}, document.title]", [51, "(61) unseen · chatroom"])
        await page.evaluate(SHOW)
        await page.until("document.title", "unseen · chatroom")
        await phone.event("unread", room="unseen", readSeq=61)


async def top_of(page: Page, text: str) -> float:
    at = f"[...document.querySelectorAll('.text')].find((t) => t.textContent === '{text}')"
    return float(await page.evaluate(f"{at}.getBoundingClientRect().top"))


async def test_what_is_read_stays_in_place(browser: Browser, shared: PageServer) -> None:
    """While somebody has scrolled up, others write, and messages above are edited."""
    token = await shared.sign_up("eve")
    async with (
        shared.session(token) as phone,
        shared.session(await shared.sign_up("eli")) as eli,
    ):
        for client in (phone, eli):
            await client.call("joinRoom", room="still")
        await send_many(eli, "still", "number", 40)
        page = await enter(browser, f"{shared.url}/#still", token)
        await page.until(MESSAGES, 40)
        await phone.event("unread", room="still", readSeq=40)
        await page.evaluate(f"{SCROLL}.scrollTop = 400")
        await page.until("document.querySelectorAll('.message').length", 40)
        before = await top_of(page, "number 25")
        await eli.call("editMessage", room="still", seq=1, text="longer\n" * 5 + "now")
        await eli.call("deleteMessage", room="still", seq=2)
        await eli.call("sendMessage", room="still", text="new")
        await page.until(f"[{TEXTS}.at(-1), document.title]", ["new", "(1) still · chatroom"])
        await page.until(f"{TEXTS}[1]", "This message was deleted.")
        assert abs(await top_of(page, "number 25") - before) < 1
        await page.click("#jump")
        await page.until("document.title", "still · chatroom")
        await phone.event("unread", room="still", readSeq=41)


async def test_long_absences_and_long_days_stay_quick(browser: Browser, shared: PageServer) -> None:
    """The latest is shown, and the rest when it is asked for."""
    token = await shared.sign_up("fay")
    async with shared.session(token) as phone, shared.session(await shared.sign_up("fox")) as fox:
        for client in (phone, fox):
            await client.call("joinRoom", room="long")
        await fox.call("sendMessage", room="long", text="first")
        page = await enter(browser, f"{shared.url}/#long", token)
        await page.until(TEXTS, ["first"])
        await page.evaluate("location.hash = ''")
        await page.until("document.getElementById('head').hidden")
        await send_many(fox, "long", "n", 750)
        await page.click("[href='#long']")
        await page.until(f"[{MESSAGES}, {TEXTS}.at(-1)]", [50, "n 749"])
        await phone.event("unread", room="long", readSeq=751)
        await send_many(fox, "long", "m", 500)
        await page.until(f"{TEXTS}.at(-1)", "m 499")
        oldest = int((await page.evaluate(f"{TEXTS}[0]")).split()[1])
        assert await page.evaluate(MESSAGES) == 500 - oldest <= 500
        await page.evaluate(f"{SCROLL}.scrollTop = 0")
        await page.until(f"{TEXTS}[0]", f"m {oldest - 50}")
