"""Rooms of other people, several tabs, invitations, and log-outs."""

import re
from typing import Final

from playwright.sync_api import Route, expect

from .server import PageServer
from .visits import FAULTS, Visits

LATE_MS: Final = 7_000
"""After this time, the page has read the inbox for a conversation without an event."""


def abort(route: Route) -> None:
    """Fail a request of the page, as without a network."""
    route.abort()


def test_rooms_that_are_not_ones_own(visit: Visits, shared: PageServer) -> None:
    with shared.session(shared.add_user("gus")) as gus:
        token = shared.add_user("gil")
        shared.add_user("gia")
        gus.call("sendMessage", to="gia", text="for gia")
        page = visit(shared, token, "@gia:gus")
        expect(page.empty).to_have_text("There is no such room.")
        expect(page.composer).to_be_hidden()

        # An invitation shows a private room, and a removal hides it.
        gus.call("createRoom", room="secret", visibility="private", title="Plans")
        gus.say("secret", "psst")
        gus.call("invite", room="secret", user="gil")
        expect(page.rooms).to_have_text(["Plans"])
        page.link("secret").click()
        expect(page.title).to_have_text("Plans")
        page.shows("psst")
        gus.call("removeMember", room="secret", user="gil")
        expect(page.empty).to_have_text("You are no longer a member here.")
        expect(page.rooms).to_have_count(0)
        page.shows()
        expect(page.composer).to_be_hidden()
        expect(page.button("Join this room")).to_be_hidden()
        gus.call("invite", room="secret", user="gil")
        expect(page.rooms).to_have_text(["Plans"])
        page.shows("psst")
        expect(page.composer).to_be_visible()

        # After a ban, the page still shows a public room, but joining fails.
        gus.call("joinRoom", room="open")
        page.ask_for("open")
        expect(page.title).to_have_text("open")
        gus.call("ban", room="open", user="gil")
        page.button("Join this room").click()
        expect(page.notice).to_contain_text("banned")


def test_an_invitation_leads_to_the_sign_up_and_into_the_room(
    visit: Visits, shared: PageServer
) -> None:
    with shared.session(shared.add_user("ivy")) as ivy:
        ivy.call("createRoom", room="nook", visibility="private", title="Nook")
        ivy.say("nook", "welcome")
        code = ivy.call("createInvitation", room="nook")["code"]
        page = visit(shared)
        page.tab.goto(f"/?invitation={code}")
        expect(page.tab.get_by_role("radio", name="Sign up")).to_be_checked()
        page.sign_up("ike")
        expect(page.title).to_have_text("Nook")
        page.shows("welcome")
        assert "invitation" not in page.tab.url

        # With an account, and logged in.
        page = visit(shared, shared.add_user("ima"))
        page.tab.goto(f"/?invitation={code}")
        expect(page.title).to_have_text("Nook")
        page.tab.goto("/?invitation=unknown")
        expect(page.notice).to_contain_text("not valid")


def test_an_old_tab_does_not_affect_a_new_log_in(visit: Visits, shared: PageServer) -> None:
    old = visit(shared, shared.add_user("hal"))
    shared.sign_up("hui")
    new = old.open_tab()
    expect(new.me).to_have_text("hal")
    token = new.token()
    # The log-out reaches the server late.
    new.tab.route("**/api/logout", abort)
    new.button("Log out").click()
    new.log_in("hui")
    assert shared.http("POST", "/api/logout", token=token).status == 204
    expect(old.log_in_error).to_have_text("You have been logged out.")
    new.tab.reload()
    expect(new.me).to_have_text("hui")


def test_invitations_do_not_make_the_page_call(visit: Visits, shared: PageServer) -> None:
    """Continuous invitations and removals by others must not make the page exceed a rate limit."""
    with shared.session(shared.add_user("kai")) as kai:
        page = visit(shared, shared.add_user("kim"), init_script=FAULTS)
        page.tab.clock.install()
        rooms = [f"trap{number}" for number in range(6)]
        kim = [{"room": room, "user": "kim"} for room in rooms]
        kai.call_all("createRoom", [{"room": room, "visibility": "private"} for room in rooms])
        changes = 0

        def change(*methods: str) -> None:
            nonlocal changes
            for method in methods:
                kai.call_all(method, kim)
                changes += len(kim)

        def hear() -> None:
            page.tab.wait_for_function("n => seen.events.memberChanged === n", arg=changes)

        change(*["invite", "removeMember"] * 20, "invite")
        hear()
        for _ in range(2):  # the first read of the inbox, and one for events during it
            page.tab.clock.run_for(LATE_MS)
            expect(page.rooms).to_have_text(rooms)
        assert page.tab.evaluate("seen.calls.getInbox ?? 0") <= 1

        # Without the events, one read of the inbox is enough for all.
        page.tab.evaluate("seen.calls = {}; faults.losing = { method: 'unread' }")
        change("removeMember")
        hear()
        expect(page.rooms).to_have_count(0)
        change("invite")
        hear()
        page.tab.clock.run_for(LATE_MS)
        expect(page.rooms).to_have_text(rooms)
        page.tab.clock.run_for(LATE_MS)
        assert page.tab.evaluate("seen.calls.getInbox") == 1


def test_an_end_that_is_not_for_ever_keeps_the_token(visit: Visits, shared: PageServer) -> None:
    token = shared.add_user("lea")
    page = visit(shared, token, init_script=FAULTS)
    retry = page.button("Try again without a password")
    for code, words in ((4500, "expired"), (4502, "too much"), (4504, "too many places")):
        page.tab.evaluate("code => faults.shut(code)", code)
        expect(page.log_in_error).to_contain_text(words)
        assert page.token() == token
        retry.click()
        expect(page.me).to_have_text("lea")
    page.tab.evaluate("faults.shut(4501)")
    expect(page.log_in_error).to_have_text("You have been logged out.")
    assert page.token() is None
    expect(retry).to_be_hidden()


def test_a_log_out_that_failed_is_tried_again(visit: Visits, shared: PageServer) -> None:
    token = shared.add_user("leo")
    page = visit(shared, token)
    page.tab.route("**/api/logout", abort)
    page.button("Log out").click()
    expect(page.log_in_view).to_be_visible()
    assert token in page.tab.evaluate("localStorage.getItem('chatroom.leaving')")
    page.tab.unroute("**/api/logout")
    page.tab.wait_for_function("() => localStorage.getItem('chatroom.leaving') === null")
    assert shared.http("POST", "/api/logout", token=token).status == 401


def test_a_name_that_is_not_unique_has_the_account_beside_it(
    visit: Visits, shared: PageServer
) -> None:
    named = {"nan": "Nan Ost", "nat": "Nan  ost", "ned": "nan", "nob": "Nob"}
    tokens = {name: shared.add_user(name, display_name) for name, display_name in named.items()}
    with shared.meet("names", "nil") as [nil]:
        me = nil.token
    for name in named:
        with shared.session(tokens[name]) as client:
            client.call("joinRoom", room="names")
            client.say("names", f"I am {name}")
            client.call("sendMessage", to="nil", text=f"I am {name}")

    page = visit(shared, me, "names")
    labels = ["Nan Ost @nan", "Nan ost @nat", "nan @ned", "Nob"]
    with_time = [re.compile(rf"^{label} \d") for label in labels]
    expect(page.messages.locator(".by")).to_have_text(with_time, use_inner_text=True)
    expect(page.directs).to_have_text(labels[::-1])
    with shared.session(tokens["ned"]) as ned:
        ned.call("setTyping", room="names", typing=True)
        expect(page.typing).to_have_text("nan @ned is typing…")
        expect(page.about).to_contain_text("you, nan @ned")
    page.go_to("@nat:nil")
    expect(page.tab.locator("#head h1")).to_have_text("Nan ost @nat")


def test_squatted_rooms_do_not_fill_the_list(visit: Visits, shared: PageServer) -> None:
    with shared.session(shared.add_user("pam")) as pam:
        pam.call_all("joinRoom", ({"room": f"0squat{number}"} for number in range(201)))
        pam.call("createRoom", room="zebra", visibility="public", title="Zebras and others")
    page = visit(shared, shared.add_user("pit"))
    field = page.tab.get_by_label("Join or create a room")
    options = page.tab.locator("#known-rooms option")
    field.click()
    expect(options.nth(100)).to_be_attached()
    field.fill("zebras")
    expect(options).to_have_count(1)
    expect(options).to_have_attribute("value", "zebra")
