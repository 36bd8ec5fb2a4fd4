"""The page after the server was started again, on its own data or on older data."""

import shutil

from .browser import Browser
from .conftest import PageServer
from .people import MEDDLE, PENDING, TEXTS, enter, join, say

LINE = "document.getElementById('status').hidden"


async def test_after_a_restart_each_room_goes_on_where_it_was(
    browser: Browser, server: PageServer
) -> None:
    token = await server.sign_up("ada")
    page = await enter(browser, server.url, token, MEDDLE)
    for room in ("one", "two"):
        await join(page, room)
        await say(page, f"in {room}")
        await page.until(f"[{TEXTS}, {PENDING}]", [[f"in {room}"], 0])
    await server.kill()
    await page.until(LINE, False)
    await page.evaluate("recovered = []")
    server.start()
    async with server.session(token) as phone:
        await phone.call("sendMessage", room="two", text="more")
        await page.until(TEXTS, ["in two", "more"])
        await phone.call("sendMessage", room="one", text="more")
    await page.evaluate("location.hash = 'one'")
    await page.until(TEXTS, ["in one", "more"])
    assert await page.evaluate("recovered") == [True, True]


async def test_older_data_replace_what_the_page_shows(browser: Browser, server: PageServer) -> None:
    """A data directory that was put back has given numbers to other messages since."""
    token = await server.sign_up("ada")
    page = await enter(browser, server.url, token, MEDDLE)
    await join(page, "general")
    await say(page, "kept")
    await page.until(f"[{TEXTS}, {PENDING}]", [["kept"], 0])
    await server.stop()
    copy = server.data.with_name("copy")
    shutil.copytree(server.data, copy)
    server.start()
    await page.until(LINE)
    await say(page, "lost 2", "lost 3")
    await page.until(f"[{TEXTS}, {PENDING}]", [["kept", "lost 2", "lost 3"], 0])
    await page.evaluate("offline = true")
    await server.stop()
    shutil.rmtree(server.data)
    copy.rename(server.data)
    server.start()
    async with server.session(token) as phone, server.session(await server.sign_up("bea")) as bea:
        await bea.call("joinRoom", room="general")
        for number in range(2, 6):
            await bea.call("sendMessage", room="general", text=f"new {number}")
        # The page is not seen, so nothing counts as read.
        await page.evaluate("Object.defineProperty(document, 'hidden', { get: () => true })")
        await page.evaluate("offline = false; dispatchEvent(new Event('online'))")
        await page.until(TEXTS, ["kept", *(f"new {number}" for number in range(2, 6))])
        await page.until("document.title", "(4) general · chatroom")
        assert (await phone.call("getInbox"))["unread"] == 4
