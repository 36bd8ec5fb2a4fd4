"""Rooms that are not one's own, and other tabs."""

from .browser import Browser
from .conftest import PageServer
from .people import ERROR, NOTICE, TEXTS, TITLE, TOKEN, enter, log_in

EMPTY = "document.getElementById('empty').textContent"
JOIN = "!document.getElementById('join-here').hidden"
WRITE = "!document.getElementById('composer').hidden"
ROOMS = "[...document.querySelectorAll('#rooms .name')].map((name) => name.textContent)"


async def test_rooms_that_are_not_ones_own(browser: Browser, shared: PageServer) -> None:
    async with shared.session(await shared.sign_up("gus")) as gus:
        token = await shared.sign_up("gil")
        await shared.sign_up("gia")
        await gus.call("sendMessage", to="gia", text="for gia")
        page = await enter(browser, f"{shared.url}/#@gia:gus", token)
        await page.until(EMPTY, "There is no such room.")
        assert not await page.evaluate(WRITE)

        # A private room comes by invitation and goes with it.
        await gus.call("createRoom", room="secret", visibility="private", title="Plans")
        await gus.call("sendMessage", room="secret", text="psst")
        await gus.call("invite", room="secret", user="gil")
        await page.until(ROOMS, ["Plans"])
        await page.click("[href='#secret']")
        await page.until(f"[{TITLE}, {TEXTS}]", ["Plans", ["psst"]])
        await gus.call("removeMember", room="secret", user="gil")
        await page.until(f"[{ROOMS}, {TEXTS}, {WRITE}, {JOIN}]", [[], [], False, False])
        await page.until(EMPTY, "You are no longer a member here.")
        await gus.call("invite", room="secret", user="gil")
        await page.until(f"[{ROOMS}, {TEXTS}, {WRITE}]", [["Plans"], ["psst"], True])

        # A ban leaves a public room there to be asked for, in vain.
        await gus.call("joinRoom", room="open")
        await page.type("#join input", "open", "Enter")
        await page.until(TITLE, "open")
        await gus.call("ban", room="open", user="gil")
        await page.click("#join-here")
        await page.until(f"/banned/.test({NOTICE})")


async def test_an_old_tab_leaves_a_new_log_in_alone(browser: Browser, shared: PageServer) -> None:
    old = await enter(browser, shared.url, await shared.sign_up("hal"))
    await shared.sign_up("hui")
    new = await old.open_tab(shared.url)
    await new.until("document.getElementById('me').textContent", "hal")
    token = await new.evaluate(TOKEN)
    # The server hears of the log-out late.
    await new.evaluate(
        "logout = fetch; fetch = (path, ...more) => path === '/api/logout'"
        " ? Promise.reject(new Error('no network')) : logout(path, ...more); null"
    )
    await new.click("#log-out")
    await log_in(new, "hui")
    await shared.http("POST", "/api/logout", token=token)
    await old.until(ERROR, "You have been logged out.")
    await new.go()
    await new.until("document.getElementById('me').textContent", "hui")
