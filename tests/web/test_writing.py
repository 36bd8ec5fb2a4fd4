"""The composer, and pending messages."""

from playwright.sync_api import expect

from .server import PageServer
from .visits import FAULTS, Visits


def test_odd_and_long_texts(visit: Visits, shared: PageServer) -> None:
    page = visit(shared, shared.add_user("ann"))
    page.join("odd")

    # The server refuses frames with a lone surrogate or NUL.
    page.composer.evaluate("field => { field.value = 'a\\ud800\\0b'; field.form.requestSubmit(); }")
    page.say("and on")
    page.shows("a\ufffdb", "and on")

    # A text that is too long stays in the composer. Characters count, not UTF-16 units.
    page.composer.fill("🙂" * 4001)
    page.composer.press("Enter")
    expect(page.notice).to_contain_text("at most 4,000 characters")
    expect(page.composer).to_have_value("🙂" * 4001)
    page.say("🙂" * 4000)
    page.shows("a\ufffdb", "and on", "🙂" * 4000)


def test_a_pending_message_is_shown_to_its_writer_only(visit: Visits, shared: PageServer) -> None:
    shared.sign_up("bea")
    shared.sign_up("ben")
    page = visit(shared, init_script=FAULTS)
    page.log_in("bea")
    page.join("waiting")

    # A server without disk space makes it wait, and the page shows why.
    page.tab.evaluate("faults.refusing.sendMessage = 'storage_full'")
    page.say("bea's")
    expect(page.pending.locator(".state")).to_contain_text("no space")

    # Logging out would lose it, so the page asks for confirmation.
    page.confirms = False
    page.button("Log out").click()
    expect(page.pending.locator(".text")).to_have_text("bea's")
    page.confirms = None

    # The token is revoked, and another person logs in: the message is neither shown nor sent.
    assert shared.http("POST", "/api/logout", token=page.token()).status == 204
    expect(page.log_in_error).to_have_text("You have been logged out.")
    page.log_in("ben")
    page.join("waiting")
    page.tab.evaluate("faults.refusing = {}")
    page.say("ben's")
    page.shows("ben's")

    # When its author logs in again, even after a reload, it is sent once.
    page.button("Log out").click()
    expect(page.log_in_view).to_be_visible()
    page.tab.evaluate("faults.refusing.sendMessage = 'storage_full'")
    page.log_in("bea")
    page.go_to("waiting")
    expect(page.texts).to_have_text(["ben's", "bea's"])
    expect(page.pending).to_have_count(1)
    for _ in range(2):
        page.tab.reload()
        page.shows("ben's", "bea's")


def test_a_room_that_refuses_for_now_holds_back_its_own_messages_only(
    visit: Visits, shared: PageServer
) -> None:
    page = visit(shared, shared.add_user("bob9"), init_script=FAULTS)
    page.join("fine9")
    page.join("failing9")
    page.tab.evaluate(
        "faults.refusingIn = 'failing9'; faults.refusing.sendMessage = 'internal'; null"
    )
    page.say("one", "two")
    page.tab.wait_for_function("() => seen.refused >= 2")
    page.go_to("fine9")
    page.say("elsewhere")
    page.shows("elsewhere")
    page.tab.evaluate("faults.refusing = {}")
    page.go_to("failing9")
    page.shows("one", "two")


def test_a_lasting_refusal_is_shown_at_the_message(visit: Visits, shared: PageServer) -> None:
    shared.add_user("bud9")
    page = visit(shared, shared.add_user("ben9"), "@ben9:bud9", init_script=FAULTS)
    for reason, words in (
        ("forbidden", "does not take messages from you"),
        ("quota_exceeded", "limit is reached"),
    ):
        page.tab.evaluate("reason => { faults.refusing.sendMessage = reason; }", reason)
        page.say("hello")
        expect(page.tab.locator(".failed .state")).to_contain_text(words)
        page.button("Discard").click()
        expect(page.pending).to_have_count(0)
