"""What others, the server or the network do to the page: it calls little, loses nothing, and
leaves no log-in behind.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from playwright.sync_api import Request, Route, expect

from ..server.process import PASSWORD
from .server import PageServer
from .visits import Visits

FAULTS: Final = (Path(__file__).parent / "faulty_connection.js").read_text()


def abort(route: Route) -> None:
    """Fail a request of the page, as without a network."""
    route.abort()


def test_invitations_do_not_make_the_page_call(visit: Visits, shared: PageServer) -> None:
    """Invitations and removals by others must not make the page exceed a rate limit."""
    with shared.session(shared.add_user("kai")) as kai:
        page = visit(shared, shared.add_user("kim"), init_script=FAULTS)
        expect(page.sidebar).to_contain_text("You are in no room yet.")
        rooms = [f"trap{number}" for number in range(6)]
        kim = [{"room": room, "user": "kim"} for room in rooms]
        kai.call_all("createRoom", [{"room": room, "visibility": "private"} for room in rooms])
        page.tab.clock.install()
        page.tab.clock.pause_at(datetime.now(UTC) + timedelta(days=1))
        for method in ["invite", "removeMember"] * 20 + ["invite"]:
            kai.call_all(method, kim)
        page.tab.wait_for_function("n => seen.events.memberChanged === n", arg=41 * len(kim))
        assert page.tab.evaluate("seen.calls.markRead ?? 0") <= 1  # the others are paced
        page.tab.clock.resume()
        expect(page.sidebar.locator("[data-room]")).to_have_count(len(rooms))
        assert page.tab.evaluate("seen.calls.markRead ?? 0") <= 1 + len(rooms)
        # After the jump of the clock it may ask once whether the connection still works.
        assert page.tab.evaluate("seen.calls.getInbox ?? 0") <= 1


def test_fast_messages_do_not_make_the_page_call(visit: Visits, shared: PageServer) -> None:
    with shared.meet("fast", "kea", "ken") as [phone, ken]:
        page = visit(shared, phone.token, "rooms/fast", init_script=FAULTS)
        ken.say("fast", "first")
        page.shows("first")
        phone.event("unread", room="fast", readSeq=1)
        before = page.tab.evaluate("seen.calls")
        ken.send_many("fast", "number", 300)
        expect(page.texts.last).to_have_text("number 299")
        phone.event("unread", room="fast", readSeq=301)
        after = page.tab.evaluate("seen.calls")
        calls = {name: count - before.get(name, 0) for name, count in after.items()}
        # The cursor follows at most every 100 ms; nothing else is called for each message.
        assert calls.pop("markRead") < 150
        assert sum(calls.values()) <= 5, calls


def test_squatted_rooms_do_not_fill_the_directory(visit: Visits, shared: PageServer) -> None:
    with shared.session(shared.add_user("pam")) as pam:
        pam.call_all("joinRoom", ({"room": f"0squat{number}"} for number in range(201)))
        pam.call("createRoom", room="zebra", visibility="public", title="Zebras and others")
    page = visit(shared, shared.add_user("pit"), "directory")
    rooms = page.view.get_by_role("listitem")
    expect(page.view.get_by_text("0squat0", exact=True)).to_be_visible()
    page.view.get_by_role("searchbox").fill("zebras")
    expect(rooms).to_have_count(1)
    expect(rooms).to_contain_text("Zebras and others")


def test_a_room_that_refuses_for_now_holds_back_its_own_messages_only(
    visit: Visits, shared: PageServer
) -> None:
    with shared.meet("fine9", "bob9") as [phone]:
        phone.call("joinRoom", room="failing9")
        page = visit(shared, phone.token, "rooms/failing9", init_script=FAULTS)
        page.tab.evaluate("faults.refusingIn = 'failing9'")
        page.tab.evaluate("faults.refusing.sendMessage = 'internal'")
        page.say("one", "two")
        page.tab.wait_for_function("() => seen.refused >= 2")
        page.open("fine9")
        page.say("elsewhere")
        page.shows("elsewhere")
        page.open("failing9")
        expect(page.pending).to_have_count(2)
        page.tab.evaluate("faults.refusing = {}")
        page.shows("one", "two")


def test_enter_chooses_who_is_still_searched_for(visit: Visits, shared: PageServer) -> None:
    shared.add_user("sought9")
    page = visit(shared, shared.add_user("seeker9"), init_script=FAULTS)
    page.button("New room or message").click()
    page.tab.get_by_role("menuitem", name="New message").click()
    dialog = page.tab.get_by_role("dialog", name="New message")
    field = dialog.get_by_role("combobox", name="To")
    page.tab.evaluate("faults.refusing.listUsers = 'internal'")
    field.fill("sought9")
    page.tab.wait_for_function("() => seen.refused > 0")
    field.press("Enter")
    page.tab.evaluate("faults.refusing = {}")
    expect(dialog.get_by_role("button", name="Leave out")).to_have_text("sought9")


def test_a_lasting_refusal_is_shown_at_the_message(visit: Visits, shared: PageServer) -> None:
    shared.add_user("bud9")
    page = visit(shared, shared.add_user("ben9"), "rooms/@ben9:bud9", init_script=FAULTS)
    refused = page.pending.get_by_role("alert")
    for reason in ("forbidden", "quota_exceeded"):
        page.tab.evaluate("reason => { faults.refusing.sendMessage = reason; }", reason)
        page.say("hello")
        expect(refused).to_contain_text("Not sent.")
        refused.get_by_role("button", name="Discard").click()
        expect(page.pending).to_have_count(0)


def test_a_text_that_is_too_long_stays_in_the_composer(visit: Visits, shared: PageServer) -> None:
    """Characters count, not UTF-16 units. A lone surrogate and NUL are no reason to lose a text."""
    with shared.meet("odd", "ann") as [ann]:
        page = visit(shared, ann.token, "rooms/odd")
        page.composer.evaluate(
            "field => { field.value = 'a\\ud800\\0b'; field.dispatchEvent(new Event('input', "
            "{ bubbles: true })); }"
        )
        page.composer.press("Enter")
        page.shows("a\ufffdb")
        page.composer.fill("🙂" * 4001)
        page.composer.press("Enter")
        expect(page.view.get_by_role("status", name="One character too many")).to_be_visible()
        expect(page.composer).to_have_value("🙂" * 4001)
        page.say("🙂" * 4000)
        page.shows("a\ufffdb", "🙂" * 4000)


def test_a_read_cursor_that_was_refused_is_sent_again(visit: Visits, shared: PageServer) -> None:
    with shared.meet("told", "cat", "cal") as [phone, cal]:
        page = visit(shared, phone.token, "rooms/told", init_script=FAULTS)
        expect(page.composer).to_be_visible()
        page.tab.evaluate("faults.refusing.markRead = 'rate_limited'")
        cal.say("told", "one", "two")
        page.shows("one", "two")
        page.tab.wait_for_function("() => seen.refused >= 3")
        assert phone.call("getInbox")["unread"] == 2
        page.tab.evaluate("faults.refusing = {}")
        phone.event("unread", room="told", readSeq=2)


# ---- log-ins


def test_a_pending_message_is_shown_to_its_writer_only(visit: Visits, shared: PageServer) -> None:
    tokens = [shared.sign_up(name) for name in ("bea", "ben")]
    for token in tokens:
        with shared.session(token) as client:
            client.call("joinRoom", room="waiting")
    page = visit(shared, init_script=FAULTS)
    page.log_in("bea")
    page.open("waiting")
    page.tab.evaluate("faults.refusing.sendMessage = 'storage_full'")
    page.say("bea's")
    expect(page.pending).to_have_count(1)

    # The log-in is ended from elsewhere, and another person logs in.
    end_log_ins(shared, "bea")
    expect(page.log_in_view.get_by_role("alert")).to_be_visible()
    page.log_in("ben")
    page.open("waiting")
    expect(page.composer).to_be_visible()
    expect(page.pending).to_have_count(0)
    page.tab.evaluate("faults.refusing = {}")
    page.say("ben's")
    page.shows("ben's")

    # When its writer logs in again, it is sent once.
    end_log_ins(shared, "ben")
    expect(page.log_in_view.get_by_role("alert")).to_be_visible()
    page.log_in("bea")
    page.open("waiting")
    for _ in range(2):
        page.shows("ben's", "bea's")
        page.tab.reload()


def end_log_ins(server: PageServer, name: str) -> None:
    """Log out everywhere, on another device."""
    answer = server.http("POST", "/api/login", {"name": name, "password": PASSWORD})
    token = answer.json["token"]
    assert server.http("POST", "/api/logout", {"everywhere": True}, token=token).status == 204


def test_a_log_out_that_does_not_reach_the_server_is_repeated(
    visit: Visits, shared: PageServer
) -> None:
    for name in ("leo", "liv"):
        shared.sign_up(name)
    page = visit(shared)
    page.log_in("leo")
    other = page.open_tab()
    expect(other.sidebar).to_be_visible()
    [cookie] = page.tab.context.cookies()
    token = cookie["value"]
    page.tab.context.route("**/api/logout", abort)
    page.tab.get_by_role("button", name="@leo").click()
    page.tab.get_by_role("menuitem", name="Log out").click()
    for chat in (page, other):
        expect(chat.log_in_view).to_be_visible()
        chat.tab.reload()
        expect(chat.log_in_view).to_be_visible()
    # Nobody logs in before it, since the new cookie would replace the old one.
    page.enter("liv")
    expect(page.log_in_error).to_be_visible()
    assert shared.http("GET", "/api/tokens", token=token).status == 200
    page.tab.context.unroute("**/api/logout")
    page.tab.wait_for_function("() => localStorage.getItem('chatroom.leaving') === null")
    assert shared.http("GET", "/api/tokens", token=token).status == 401
    page.log_in("liv")


def test_an_end_that_is_not_for_ever_keeps_the_log_in(visit: Visits, shared: PageServer) -> None:
    """A server with a wrong clock takes good tokens for expired ones."""
    page = visit(shared, shared.add_user("lea"), init_script=FAULTS)
    for code in (4500, 4502, 4504):
        expect(page.sidebar).to_be_visible()
        page.tab.evaluate("code => faults.shut(code)", code)
        expect(page.log_in_view.get_by_role("alert")).to_be_visible()
        page.tab.reload()
    expect(page.sidebar).to_be_visible()


def test_one_of_all_tabs_renews_the_token(visit: Visits, shared: PageServer) -> None:
    page = visit(shared, shared.add_user("zed"), init_script=FAULTS)
    tabs = [page, page.open_tab(), page.open_tab()]
    renewals: list[str] = []

    def note(request: Request) -> None:
        if "renew" in request.url:
            renewals.append(request.url)

    for chat in tabs:
        chat.tab.on("request", note)
    [cookie] = page.tab.context.cookies()
    for chat in tabs:
        expect(chat.sidebar).to_be_visible()
    [known] = shared.http("GET", "/api/tokens", token=cookie["value"]).json["tokens"]
    with page.tab.context.expect_event("requestfinished", lambda request: "renew" in request.url):
        for chat in tabs:
            chat.tab.evaluate(
                "(expiresAt) => faults.push('tokenExpiring', { expiresAt })", known["expiresAt"]
            )
    for chat in tabs:  # the lock is free again
        chat.tab.evaluate("() => navigator.locks.request('chatroom.cookie', () => {})")
    assert len(renewals) == 1
    [renewed] = page.tab.context.cookies()
    assert renewed["value"] != cookie["value"]
    page.tab.reload()
    expect(page.sidebar).to_be_visible()
