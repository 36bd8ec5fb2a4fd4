"""Common use of the page in a real browser, with a real server."""

from playwright.sync_api import expect

from .server import PageServer
from .visits import Visits


def test_two_people_chat_and_nothing_is_lost(server: PageServer, visit: Visits) -> None:
    alice, bob = visit(server), visit(server)
    alice.sign_up("alice")
    bob.sign_up("bob")
    with server.meet("general", "carol"):
        pass
    for page in (alice, bob):
        page.open("general")
        page.button("Join").click()
        expect(page.composer).to_be_visible()

    # Both see each other's messages at once, and markup of HTML is shown as text.
    bob.composer.press_sequentially("I am ty")
    expect(alice.typing).to_have_text("bob is writing…")
    markup, link = "<b>hello</b> & good morning", "hello @bob, see https://example.org/."
    bob.say(markup)
    alice.shows(markup)
    expect(alice.typing).to_be_empty()
    alice.say(link)
    mentioning = bob.view.locator(".message.to-me")
    expect(mentioning.get_by_role("link")).to_have_attribute("href", "https://example.org/")

    # Bob leaves. Acknowledged messages survive a kill; the others are sent afterwards.
    bob.tab.goto("about:blank")
    alice.say("one", "@bob two")
    alice.shows(markup, link, "one", "@bob two")
    alice.open("@alice:bob")
    alice.say("just for you")
    alice.shows("just for you")
    server.kill()
    expect(alice.lost).to_be_visible()
    alice.say("written while it was down")
    expect(alice.pending).to_have_count(1)
    server.start()
    alice.shows("just for you", "written while it was down")
    expect(alice.lost).to_be_hidden()

    # Bob returns, and sees and reads all messages.
    bob.tab.goto("/")
    expect(bob.tab).to_have_title("(4) chatroom")
    expect(bob.badge("general")).to_have_text("1")
    expect(bob.badge("general")).to_have_accessible_name("one mention")
    expect(bob.badge("@alice:bob")).to_have_text("2")
    bob.link("@alice:bob").click()
    bob.shows("just for you", "written while it was down")
    bob.link("general").click()
    bob.shows(markup, link, "one", "@bob two")
    expect(bob.view.get_by_text("New", exact=True)).to_have_count(1)
    expect(bob.tab).to_have_title("general · chatroom")
    bob.tab.reload()
    bob.shows(markup, link, "one", "@bob two")
    expect(bob.tab).to_have_title("general · chatroom")


def test_edits_and_deletes_are_shown(visit: Visits, shared: PageServer) -> None:
    with shared.meet("general1", "alice1", "bob1") as [one, other]:
        alice = visit(shared, one.token, "rooms/general1")
        bob = visit(shared, other.token, "rooms/general1")
        alice.say("frist", "nonsense", "last")
        bob.shows("frist", "nonsense", "last")

        alice.act("frist", "Edit")
        alice.tab.get_by_role("textbox", name="Edit").fill("first")
        alice.button("Save").click()
        alice.act("nonsense", "Delete")
        expect(alice.texts).to_have_text(["first", "last"])
        alice.tab.reload()  # ends the time to undo
        for page in (alice, bob):
            page.shows("first", "Message deleted", "last")
            expect(page.message("first").locator(".edited")).to_be_visible()


def test_refusals_are_shown_in_words(visit: Visits, shared: PageServer) -> None:
    alice = visit(shared)
    alice.sign_up("alice3")
    other = visit(shared)
    other.enter("alice3", "wrong horse")
    expect(other.log_in_error).to_have_text("The name or the password is wrong.")
    other.button("I need an account").click()
    other.enter("alice3")
    expect(other.log_in_error).to_contain_text("taken")
