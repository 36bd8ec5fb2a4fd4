"""Common use of the page in a real browser, with a real server."""

import re

from playwright.sync_api import expect

from .server import PageServer
from .visits import FAULTS, Visits

# Draws something else before the browser reports the scroll to the page in its next frame.
SCROLL_UP_AND_DRAW = """
document.getElementById('scroll').scrollTop = 0;
document.dispatchEvent(new Event('visibilitychange'));
"""


def test_two_people_chat_and_nothing_is_lost(visit: Visits, server: PageServer) -> None:
    alice, bob = visit(server), visit(server)
    alice.sign_up("alice")
    bob.sign_up("bob")
    alice.join("general")
    bob.join("general")

    # Both see each other's messages at once, and markup is shown as text.
    bob.composer.fill("I am ty")
    expect(alice.typing).to_have_text("bob is typing…")
    markup, link = "<b>hello</b> & good morning", "hello @bob, see https://example.org/."
    bob.say(markup)
    alice.shows(markup)
    expect(alice.typing).to_be_empty()
    alice.say(link)
    mention = bob.tab.locator(".mentioned")
    expect(mention.get_by_role("link")).to_have_attribute("href", "https://example.org/")
    expect(bob.about).to_have_text("2 online: you, alice")

    # Bob leaves. Acknowledged messages survive a kill; the others are sent afterwards.
    bob.tab.goto("about:blank")
    alice.say("one", "two @bob")
    alice.shows(markup, link, "one", "two @bob")
    alice.write_to("Bob")
    expect(alice.empty).to_contain_text("first message")
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
    expect(bob.badges("general")).to_have_text(["@1 mentions", "2 unread"])
    expect(bob.badges("@alice:bob")).to_have_text(["2 unread"])
    bob.link("@alice:bob").click()
    bob.shows("just for you", "written while it was down")
    bob.link("general").click()
    bob.shows(markup, link, "one", "two @bob")
    expect(bob.tab.locator(".new")).to_have_count(1)
    expect(bob.tab).to_have_title("general · chatroom")
    bob.tab.reload()
    bob.shows(markup, link, "one", "two @bob")
    expect(bob.tab).to_have_title("general · chatroom")


def test_edits_and_deletes_are_shown(visit: Visits, shared: PageServer) -> None:
    alice = visit(shared, shared.add_user("alice1"))
    bob = visit(shared, shared.add_user("bob1"))
    alice.join("general1")
    bob.join("general1")
    alice.say("frist", "nonsense", "last")
    bob.shows("frist", "nonsense", "last")

    alice.message("frist").get_by_role("button", name="Edit").click()
    expect(alice.composer).to_have_value("frist")
    alice.say("first")
    alice.confirms = True
    alice.message("nonsense").get_by_role("button", name="Delete").click()

    for page in (alice, bob):
        page.shows("first edited", "This message was deleted.", "last")


def test_missed_messages_are_fetched(visit: Visits, shared: PageServer) -> None:
    token = shared.add_user("alice2")
    alice = visit(shared, token)
    bob = visit(shared, shared.add_user("bob2"), init_script=FAULTS)
    alice.join("general2")
    bob.join("general2")

    # A lost event leaves a gap, which the page notices by the next event.
    bob.tab.evaluate("faults.losing = { method: 'newMessage', text: 'the second' }")
    alice.say("the first", "the second")
    alice.shows("the first", "the second")
    bob.shows("the first")
    bob.tab.evaluate("faults.losing = null")
    alice.say("the third")
    bob.shows("the first", "the second", "the third")

    # More messages than a page holds, while he is in another room.
    bob.go_to("")
    expect(bob.title).to_be_empty()
    with shared.session(token) as client:
        client.send_many("general2", "number", 250)
    expect(bob.tab).to_have_title("(250) chatroom")
    bob.link("general2").click()
    expect(bob.messages).to_have_count(253)
    expect(bob.tab).to_have_title("general2 · chatroom")

    # After a reload the page shows the latest messages, and scrolling up loads the rest.
    bob.tab.reload()
    expect(bob.messages).to_have_count(50)
    expect(bob.texts.last).to_have_text("number 249")
    for loaded in (100, 150, 200, 250, 253):
        bob.tab.evaluate(SCROLL_UP_AND_DRAW)
        expect(bob.messages).to_have_count(loaded)
    expect(bob.texts.first).to_have_text("the first")


def test_errors_are_shown_in_words(visit: Visits, shared: PageServer) -> None:
    alice = visit(shared)
    alice.sign_up("alice3")
    alice.join("general3")
    other = visit(shared)
    other.enter("alice3", "wrong horse")
    expect(other.log_in_error).to_have_text(re.compile("wrong|password", re.IGNORECASE))
    other.tab.get_by_role("radio", name="Sign up").check()
    other.enter("alice3")
    expect(other.log_in_error).to_have_text("The name is taken.")
    alice.write_to("nobody")
    expect(alice.title).to_have_text("nobody")
    alice.say("anyone?")
    expect(alice.tab.locator(".failed .state")).to_contain_text("no such person")


def test_a_room_can_be_joined_by_its_address(visit: Visits, shared: PageServer) -> None:
    with shared.meet("general4", "alice4"):
        bob = visit(shared, shared.add_user("bob4"), "general4")
        bob.button("Join this room").click()
        expect(bob.empty).to_have_text("Nothing here yet. Say hello.")
        bob.button("Log out").click()
        expect(bob.log_in_view).to_be_visible()
