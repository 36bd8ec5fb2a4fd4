"""Whatever people call themselves and write is text, and whole, and stays on the screen."""

from .browser import Browser
from .conftest import PageServer
from .people import PASSWORD, TEXTS, enter

MARKUP = "<img src=x onerror=alert(1)>"


async def test_names_and_texts_of_all_kinds(browser: Browser, shared: PageServer) -> None:
    token = await shared.sign_up("ida")
    people = {"ivo": "🙂 Ivo", "ian": MARKUP, "ira": "W" * 80, "ilo": "אילו"}
    texts = {
        "ivo": "javascript:alert(1) data:text/html,x https://example.org/?a=(b)",
        "ian": MARKUP,
        "ira": "W" * 4000,
        "ilo": "שלום, עולם!\nthen English.",
    }
    for name, display_name in people.items():
        body = {"name": name, "password": PASSWORD, "displayName": display_name}
        answer = await shared.http("POST", "/api/signup", body)
        async with shared.session(answer.json["token"]) as client:
            await client.call("joinRoom", room="look")
            await client.call("sendMessage", room="look", text=texts[name])
            await client.call("sendMessage", to="ida", text="hello")
    async with shared.session(token) as ida:
        await ida.call("joinRoom", room="look")

    page = await enter(browser, f"{shared.url}/#look", token)
    await page.until(TEXTS, list(texts.values()))
    names = "[...document.querySelectorAll('.by strong')].map((name) => name.textContent)"
    await page.until(names, list(people.values()))
    assert await page.evaluate("document.querySelectorAll('.message img').length") == 0
    signs = "[...document.querySelectorAll('.message .sign')].map((sign) => sign.textContent)"
    assert await page.evaluate(signs) == ["🙂", "<", "W", "א"]
    links = "[...document.querySelectorAll('.text a')].map((link) => link.href)"
    assert await page.evaluate(links) == ["https://example.org/?a=(b"]

    for width in (1200, 360):
        await page.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=640,
            deviceScaleFactor=1,
            mobile=False,
        )
        for room in ("look", "@ida:ira", ""):
            await page.evaluate(f"location.hash = '{room}'")
            await page.until("location.hash.slice(1)", room)
            wide = "[...document.querySelectorAll('body, #scroll, .lists')]"
            wide += ".filter((box) => box.scrollWidth > box.clientWidth).map((box) => box.tagName)"
            await page.until(wide, [])
