"""The dialog by which people look after their account."""

from .browser import Browser
from .conftest import PageServer
from .people import ERROR, MEDDLE, PASSWORD, TOKEN, enter, log_in

OPEN = "document.getElementById('account').open"
LOG_INS = "document.querySelectorAll('#log-ins li').length"
STATE = "document.getElementById('password-state').textContent"
OTHER = "#log-ins li:nth-of-type(2) button"

# After the page, which heard of it by then.
HEAR_OF_RENEWAL = """
window.told = false;
addEventListener('storage', ({ key, newValue }) => {
    told ||= key === 'chatroom.renewal' && newValue !== null;
});
"""


async def test_the_password_is_changed_and_a_log_in_ended(
    browser: Browser, shared: PageServer
) -> None:
    token = await shared.sign_up("zoe")
    page = await enter(browser, shared.url, token)
    phone = await browser.open(shared.url)
    await log_in(phone, "zoe")

    # Everything can be reached by keys.
    await page.evaluate("document.getElementById('open-account').focus()")
    await page.press("Enter")
    await page.until(f"[{OPEN}, {LOG_INS}]", [True, 2])
    await page.until("/This one/.test(document.querySelector('#log-ins li').innerText)")
    await page.evaluate(f"document.querySelector('{OTHER}').focus()")
    await page.press("Enter")
    await page.until(LOG_INS, 1)
    await phone.until(ERROR, "You have been logged out.")

    await page.type("[name=current]", "wrong horse")
    await page.type("[name=next]", "battery staple 9", "Enter")
    await page.until(STATE, "The current password is wrong.")
    await page.type("[name=current]", PASSWORD)
    await page.type("[name=next]", "battery staple 9", "Enter")
    await page.until(f"/^Your password is changed/.test({STATE})")
    await page.press("Escape")
    await page.until(OPEN, False)
    body = {"name": "zoe", "password": "battery staple 9"}
    assert (await shared.http("POST", "/api/login", body)).status == 200

    # The page goes on with the token that it got in place of the old one.
    assert (await shared.http("POST", "/api/logout", token=token)).status == 401
    await page.go()
    await page.until("document.getElementById('me').textContent", "zoe")


async def test_who_is_connected_too_often_can_end_a_log_in(
    browser: Browser, shared: PageServer
) -> None:
    token = await shared.sign_up("zac")
    body = {"name": "zac", "password": PASSWORD}
    assert (await shared.http("POST", "/api/login", body)).status == 200
    page = await enter(browser, shared.url, token, MEDDLE)
    await page.evaluate("shut(4504)")
    await page.click("#show-log-ins")
    await page.until(f"[{OPEN}, {LOG_INS}]", [True, 2])
    await page.click(OTHER)
    await page.until(LOG_INS, 1)
    await page.click("#account-close")
    assert await page.evaluate(TOKEN) == token
    await page.click("#retry")
    await page.until("document.getElementById('me').textContent", "zac")


async def test_a_token_is_renewed_before_it_expires_in_all_tabs(
    browser: Browser, shared: PageServer
) -> None:
    old = await shared.sign_up("zed")
    page = await enter(browser, shared.url, old, MEDDLE)
    other = await page.open_tab(shared.url)
    await other.call("Page.addScriptToEvaluateOnNewDocument", source=MEDDLE)
    await other.go()
    await other.until("document.getElementById('me').textContent", "zed")
    await other.evaluate(HEAR_OF_RENEWAL)
    await page.evaluate("push('tokenExpiring', { expiresAt: 0 })")
    await page.until(f"{TOKEN} !== '{old}'")
    await other.until("told")
    new = await page.evaluate(TOKEN)
    for tab in (page, other):
        await tab.until("localStorage.getItem('chatroom.renewal')", None)
        await tab.evaluate("shut(1006)")
        await tab.until("connectedWith", new)
        await tab.until("document.getElementById('status').hidden")
