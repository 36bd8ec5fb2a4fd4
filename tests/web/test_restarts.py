"""What the page shows after the server was started again."""

from .browser import Browser
from .conftest import PageServer
from .people import MEDDLE, TEXTS, enter, join, say

LINE = "document.getElementById('status').hidden"


async def test_after_a_restart_each_room_goes_on_where_it_was(
    browser: Browser, server: PageServer
) -> None:
    token = await server.sign_up("ada")
    page = await enter(browser, server.url, token, MEDDLE)
    for room in ("one", "two"):
        await join(page, room)
        await say(page, f"in {room}")
        await page.until(TEXTS, [f"in {room}"])
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
