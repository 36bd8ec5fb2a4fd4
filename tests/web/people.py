"""What people do on the page, and what they see there."""

import json
from typing import Final

from ..client import Client
from .browser import Browser, Page
from .conftest import PageServer

PASSWORD: Final = "correct horse"  # noqa: S105
MESSAGES: Final = "document.querySelectorAll('.message:not(.pending)').length"
PENDING: Final = "document.querySelectorAll('.pending').length"
TEXTS: Final = "[...document.querySelectorAll('.text')].map((text) => text.textContent)"
TITLE: Final = "document.getElementById('title').textContent"
NOTICE: Final = "document.getElementById('notice').textContent"
ERROR: Final = "document.getElementById('entry-error').textContent"
TOKEN: Final = "localStorage.getItem('chatroom.token')"  # noqa: S105

LEAVING: Final = "localStorage.getItem('chatroom.leaving')"
ROOMS: Final = "[...document.querySelectorAll('#rooms .name')].map((name) => name.textContent)"

# Answers the calls of a method in `refusing` with that reason, in the room `refusingRoom` or,
# without one, in all. They never reach the server.
REFUSE = """
window.refusing = {};
window.refusingRoom = null;
window.refused = 0;
window.WebSocket = class extends WebSocket {
    send(data) {
        const { id, method, params } = JSON.parse(data);
        const reason = window.refusing[method];
        if (!reason || (refusingRoom && params.room !== refusingRoom)) return super.send(data);
        window.refused += 1;
        const temporary = !['forbidden', 'quota_exceeded'].includes(reason);
        const error = { message: reason, data: { reason, temporary, retryAfterMs: 50 } };
        setTimeout(() => this.onmessage?.({ data: JSON.stringify({ id, error }) }));
    }
};
"""

# Counts calls by method in `calls`, notes in `recovered` what `subscribe` said of it, keeps events
# of the method `losing` from the page, keeps it without a connection while `offline`, ends the
# connection by `shut(code)`, and tells the page an event by `push(method, params)`.
MEDDLE = """
window.calls = {};
window.recovered = [];
window.losing = null;
window.offline = false;
window.WebSocket = class extends WebSocket {
    constructor(...where) {
        super(...where);
        window.shut = (code) => this.onclose({ code });
        window.push = (method, params) => this.dispatchEvent(
            new MessageEvent('message', { data: JSON.stringify({ method, params }) }));
        if (offline) setTimeout(() => this.onclose?.({ code: 1006 }));
    }
    set onopen(hear) {
        super.onopen = hear && (() => offline || hear());
    }
    set onmessage(hear) {
        super.onmessage = hear && ((event) => {
            const { method, result } = JSON.parse(event.data);
            if (result && 'recovered' in result) recovered.push(result.recovered);
            if (method !== (losing ?? '')) hear(event);
        });
    }
    send(data) {
        const { method, params } = JSON.parse(data);
        calls[method] = (calls[method] ?? 0) + 1;
        if (method === 'connect') window.connectedWith = params.token;
        super.send(data);
    }
};
"""


async def sign_up(browser: Browser, server: PageServer, name: str) -> Page:
    """By the form."""
    page = await browser.open(server.url)
    await page.click(".modes label:nth-of-type(2)")
    await page.type("[name=name]", name)
    await page.type("[name=password]", PASSWORD, "Enter")
    await page.until("document.getElementById('me').textContent", name)
    return page


async def log_in(page: Page, name: str) -> None:
    """By the form, which is there."""
    await page.click(".modes label:nth-of-type(1)")
    await page.type("[name=name]", name)
    await page.type("[name=password]", PASSWORD, "Enter")
    await page.until("document.getElementById('me').textContent", name)


async def enter(browser: Browser, url: str, token: str, *scripts: str) -> Page:
    """As somebody who has come before; ``url`` may name a room, the scripts run first."""
    page = await browser.open(url)
    for script in scripts:
        await page.call("Page.addScriptToEvaluateOnNewDocument", source=script)
    await page.evaluate(f"localStorage.setItem('chatroom.token', {json.dumps(token)})")
    await page.go()
    await page.until("document.getElementById('me').textContent !== ''")
    return page


async def join(page: Page, room: str) -> None:
    await page.type("#join input", room, "Enter")
    await page.until(f"{TITLE} === '{room}' && !document.getElementById('leave').hidden")


async def say(page: Page, *texts: str) -> None:
    for text in texts:
        await page.type("#text", text, "Enter")
        await page.until("document.getElementById('text').value", "")


async def send_many(client: Client, room: str, word: str, count: int) -> None:
    calls = [
        await client.begin("sendMessage", room=room, text=f"{word} {number}")
        for number in range(count)
    ]
    for call in calls:
        await client.reply(call)


def badges(room: str) -> str:
    return f"[...document.querySelectorAll('[href=\"#{room}\"] .badge')].map((b) => b.textContent)"
