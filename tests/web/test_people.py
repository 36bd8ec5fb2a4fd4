"""Rooms that are not one's own, and other tabs."""

from .browser import Browser
from .conftest import PageServer
from .people import (
    ERROR,
    LEAVING,
    MEDDLE,
    NOTICE,
    PASSWORD,
    ROOMS,
    TEXTS,
    TITLE,
    TOKEN,
    enter,
    log_in,
)

EMPTY = "document.getElementById('empty').textContent"
JOIN = "!document.getElementById('join-here').hidden"
WRITE = "!document.getElementById('composer').hidden"


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


async def test_invitations_do_not_make_the_page_call(browser: Browser, shared: PageServer) -> None:
    """Somebody who invites and removes all the time cannot make the page break a limit."""
    async with shared.session(await shared.sign_up("kai")) as kai:
        page = await enter(browser, shared.url, await shared.sign_up("kim"), MEDDLE)
        rooms = [f"trap{number}" for number in range(6)]
        for room in rooms:
            await kai.call("createRoom", room=room, visibility="private")
        for _ in range(20):
            for method in ("invite", "removeMember"):
                for room in rooms:
                    await kai.call(method, room=room, user="kim")
        for room in rooms:
            await kai.call("invite", room=room, user="kim")
        await page.until(ROOMS, rooms)
        assert await page.evaluate("calls.getInbox ?? 0") <= 1

        # Without the event, one look at the inbox is for all of them.
        await page.evaluate("calls = {}; losing = 'unread'")
        for room in rooms:
            await kai.call("removeMember", room=room, user="kim")
        await page.until(ROOMS, [])
        for room in rooms:
            await kai.call("invite", room=room, user="kim")
        await page.until(ROOMS, rooms)
        assert await page.evaluate("calls.getInbox") <= 2


async def test_an_end_that_is_not_for_ever_keeps_the_token(
    browser: Browser, shared: PageServer
) -> None:
    token = await shared.sign_up("lea")
    page = await enter(browser, shared.url, token, MEDDLE)
    for code, words in ((4500, "expired"), (4502, "too much"), (4504, "too many places")):
        await page.evaluate(f"shut({code})")
        await page.until(f"{ERROR}.includes('{words}')")
        assert await page.evaluate(TOKEN) == token
        await page.click("#retry")
        await page.until("document.getElementById('me').textContent", "lea")
    await page.evaluate("shut(4501)")
    await page.until(ERROR, "You have been logged out.")
    assert await page.evaluate(TOKEN) is None
    assert await page.evaluate("document.getElementById('retry').hidden")


async def test_a_log_out_that_failed_is_tried_again(browser: Browser, shared: PageServer) -> None:
    token = await shared.sign_up("leo")
    page = await enter(browser, shared.url, token)
    await page.evaluate(
        "fetching = fetch; fetch = (...request) => new Promise((answer, fail) => {"
        " (window.cut ?? true) ? fail(new Error('no network')) : answer(fetching(...request)) })"
        "; null"
    )
    await page.click("#log-out")
    await page.until("!document.getElementById('entrance').hidden")
    assert token in await page.evaluate(LEAVING)
    await page.evaluate("cut = false")
    await page.until(LEAVING, None)
    assert (await shared.http("POST", "/api/logout", token=token)).status == 401


async def test_a_name_that_is_not_unique_has_the_account_beside_it(
    browser: Browser, shared: PageServer
) -> None:
    named = {"nan": "Nan Ost", "nat": "Nan  ost", "ned": "nan", "nob": "Nob"}
    tokens = {}
    for name, display_name in named.items():
        body = {"name": name, "password": PASSWORD, "displayName": display_name}
        tokens[name] = (await shared.http("POST", "/api/signup", body)).json["token"]
    me = await shared.sign_up("nil")
    async with shared.session(me) as nil:
        await nil.call("joinRoom", room="names")
    for name in named:
        async with shared.session(tokens[name]) as client:
            await client.call("joinRoom", room="names")
            await client.call("sendMessage", room="names", text=f"I am {name}")
            await client.call("sendMessage", to="nil", text=f"I am {name}")

    page = await enter(browser, f"{shared.url}/#names", me)
    lines = "[...document.querySelectorAll('.by')].map((by) => by.innerText.split(/ [0-9]/)[0])"
    await page.until(lines, ["Nan Ost @nan", "Nan ost @nat", "nan @ned", "Nob"])
    directs = "[...document.querySelectorAll('#directs .name')].map((name) => name.innerText)"
    await page.until(directs, ["Nob", "nan @ned", "Nan ost @nat", "Nan Ost @nan"])
    async with shared.session(tokens["ned"]) as ned:
        await ned.call("setTyping", room="names", typing=True)
        await page.until("document.getElementById('typing').textContent", "nan @ned is typing…")
        await page.until("/you, nan @ned/.test(document.getElementById('about').textContent)")
    await page.evaluate("location.hash = '@nat:nil'")
    await page.until("document.querySelector('#head h1').innerText", "Nan ost @nat")


async def test_squatted_rooms_do_not_fill_the_list(browser: Browser, shared: PageServer) -> None:
    async with shared.session(await shared.sign_up("pam")) as pam:
        for number in range(201):
            await pam.call("joinRoom", room=f"0squat{number}")
        await pam.call("createRoom", room="zebra", visibility="public", title="Zebras and others")
    page = await enter(browser, shared.url, await shared.sign_up("pit"))
    options = "[...document.querySelectorAll('#known-rooms option')].map((room) => room.value)"
    await page.click("#join input")
    await page.until(f"{options}.length > 100")
    await page.type("#join input", "zebras")
    await page.until(options, ["zebra"])
