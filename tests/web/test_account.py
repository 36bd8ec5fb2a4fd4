"""The account dialog."""

from playwright.sync_api import expect

from ..server.process import PASSWORD
from .chat_page import ChatPage
from .server import PageServer
from .visits import FAULTS, Visits

# Registered after the page's listener, so it runs after that.
HEAR_OF_RENEWAL = """
window.told = false;
addEventListener('storage', ({ key, newValue }) => {
    told ||= key === 'chatroom.renewal' && newValue !== null;
});
"""


def test_the_password_is_changed_and_a_log_in_ended(visit: Visits, shared: PageServer) -> None:
    token = shared.sign_up("zoe")
    page = visit(shared, token)
    phone = visit(shared)
    phone.log_in("zoe")

    # The dialog is usable with the keyboard.
    page.tab.get_by_role("button", name=", account").press("Enter")
    expect(page.account).to_be_visible()
    expect(page.log_ins).to_have_count(2)
    expect(page.log_ins.first).to_contain_text("This one")
    end_other_log_in(page, by_key=True)
    expect(phone.log_in_error).to_have_text("You have been logged out.")

    state = page.account.locator("#password-state")
    change_password(page, "wrong horse", "battery staple 9")
    expect(state).to_have_text("The current password is wrong.")
    change_password(page, PASSWORD, "battery staple 9")
    expect(state).to_contain_text("Your password is changed")
    page.tab.keyboard.press("Escape")
    expect(page.account).to_be_hidden()
    body = {"name": "zoe", "password": "battery staple 9"}
    assert shared.http("POST", "/api/login", body).status == 200

    # The page continues with the new token.
    assert shared.http("POST", "/api/logout", token=token).status == 401
    page.tab.reload()
    expect(page.me).to_have_text("zoe")


def end_other_log_in(page: ChatPage, *, by_key: bool = False) -> None:
    button = page.account.get_by_role("button", name="Log out")
    if by_key:
        button.press("Enter")
    else:
        button.click()
    expect(page.log_ins).to_have_count(1)


def change_password(page: ChatPage, current: str, new: str) -> None:
    page.account.get_by_label("Current password").fill(current)
    field = page.account.get_by_label("New password")
    field.fill(new)
    field.press("Enter")


def test_a_person_with_too_many_sessions_can_end_a_log_in(
    visit: Visits, shared: PageServer
) -> None:
    token = shared.sign_up("zac")
    body = {"name": "zac", "password": PASSWORD}
    assert shared.http("POST", "/api/login", body).status == 200
    page = visit(shared, token, init_script=FAULTS)
    page.tab.evaluate("faults.shut(4504)")
    page.button("Show my log-ins").click()
    expect(page.log_ins).to_have_count(2)
    end_other_log_in(page)
    page.account.get_by_role("button", name="Close").click()
    assert page.token() == token
    page.button("Try again without a password").click()
    expect(page.me).to_have_text("zac")


def test_a_token_is_renewed_before_it_expires_in_all_tabs(
    visit: Visits, shared: PageServer
) -> None:
    old = shared.add_user("zed")
    page = visit(shared, old, init_script=FAULTS)
    other = page.open_tab()
    expect(other.me).to_have_text("zed")
    other.tab.evaluate(HEAR_OF_RENEWAL)
    page.tab.evaluate("faults.push('tokenExpiring', { expiresAt: 0 })")
    other.tab.wait_for_function("() => told")
    new = page.token()
    assert new != old
    for chat in (page, other):
        chat.tab.wait_for_function("() => localStorage.getItem('chatroom.renewal') === null")
        chat.tab.evaluate("faults.shut(1006)")
        chat.tab.wait_for_function("token => seen.token === token", arg=new)
        expect(chat.lost).to_be_hidden()
