"""Members, person, pins and settings of a room."""

import re
from typing import Final

from playwright.sync_api import expect

from .server import PageServer
from .test_rooms import title
from .visits import Visits


def test_members_are_found_and_moderated(visit: Visits, shared: PageServer) -> None:
    token, other = shared.sign_up("nora"), shared.sign_up("nils")
    with shared.session(token) as nora, shared.session(other) as nils:
        nora.call("createRoom", room="nests", visibility="public", title="Nests")
        nils.call("joinRoom", room="nests")
        page = visit(shared, token, "rooms/nests/members").tab
        his = visit(shared, other, "rooms/nests/members").tab
        side = page.get_by_role("complementary")
        members = side.get_by_role("list", name="Members")
        expect(members.get_by_role("listitem")).to_have_count(2)
        side.get_by_role("searchbox", name="Search members").fill("ni")
        expect(members.get_by_role("listitem")).to_have_count(1)
        members.get_by_role("button", name="nils").click()
        expect(side.get_by_role("heading", name="nils")).to_be_visible()

        # A role is told to all at once.
        side.get_by_label("Role").select_option("Moderator")
        expect(his.get_by_role("complementary").get_by_role("button", name="nils")).to_contain_text(
            "Moderator"
        )
        expect(his.get_by_role("button", name="Banned")).to_be_visible()
        side.get_by_label("Role").select_option("Member")
        expect(his.get_by_role("button", name="Banned")).to_be_hidden()

        # Mute with an end and a reason, and end it.
        side.get_by_role("button", name="Mute").click()
        dialog = page.get_by_role("dialog", name="Mute nils")
        dialog.get_by_label("Until").select_option("One hour")
        dialog.get_by_label("Reason").fill("too loud")
        dialog.get_by_role("button", name="Mute").click()
        expect(side.get_by_text("Muted: too loud")).to_be_visible()
        assert nora.call("listMutes", room="nests")["sanctions"][0]["reason"] == "too loud"
        side.get_by_role("button", name="Unmute").click()
        expect(side.get_by_role("button", name="Mute", exact=True)).to_be_visible()

        # A ban ends the membership; it is lifted from the list of bans.
        nils.say("nests", "spam")
        spam = page.locator(".message .text", has_text="spam")
        expect(spam).to_be_visible()
        side.get_by_role("button", name="Ban").click()
        dialog = page.get_by_role("dialog", name="Ban nils")
        dialog.get_by_label("Delete messages").select_option("Of the last hour")
        dialog.get_by_role("button", name="Ban").click()
        expect(dialog).to_be_hidden()
        expect(his.get_by_text("You are not a member of nests.")).to_be_visible()
        expect(his.get_by_role("complementary")).to_be_hidden()
        expect(spam).to_be_hidden()
        page.goto("/#/rooms/nests/members")
        expect(members.get_by_role("listitem")).to_have_count(1)
        side.get_by_role("button", name="Banned").click()
        side.get_by_role("button", name="Lift the ban").click()
        expect(side.get_by_text("Nobody is banned")).to_be_visible()
        nils.call("joinRoom", room="nests")

        # Remove, and add again.
        page.goto("/#/rooms/nests/person/nils")
        side.get_by_role("button", name="Remove").click()
        page.get_by_role("dialog", name="Remove nils").get_by_role("button", name="Remove").click()
        expect(side.get_by_text("Not a member of this room.")).to_be_visible()
        page.goto("/#/rooms/nests/members")
        side.get_by_role("button", name="Add people").click()
        dialog = page.get_by_role("dialog", name="Add people")
        dialog.get_by_role("combobox").fill("nils")
        expect(dialog.get_by_role("option", name="nils")).to_be_visible()
        dialog.get_by_role("combobox").press("Enter")
        dialog.get_by_role("button", name="Add", exact=True).click()
        expect(members.get_by_role("button", name="nils")).to_be_visible()
        expect(page.locator(".toast").last).to_contain_text("Added: nils.")


SCROLLED_TO_END: Final = """() => {
    const list = document.querySelector('.panel .scroll');
    list.scrollTop = list.scrollHeight;
    return list.querySelector('li:last-child').ariaSetSize === '131';
}"""


def test_many_members_load_while_scrolling(visit: Visits, shared: PageServer) -> None:
    token = shared.sign_up("omar")
    names = [f"o{number:03}" for number in range(130)]
    with shared.session(token) as omar:
        omar.call("createRoom", room="ocean", visibility="public")
        for name in names:
            shared.add_user(name)
        omar.call_all("invite", ({"room": "ocean", "user": name} for name in names))
        page = visit(shared, token, "rooms/ocean/members").tab
        members = page.get_by_role("complementary").get_by_role("list", name="Members")
        expect(members.get_by_role("button", name="o000")).to_be_visible()
        expect(members.get_by_role("button", name="o129")).to_have_count(0)
        # The arrow keys move among the rows, and what comes into sight is loaded.
        members.get_by_role("button", name="o000").focus()
        page.keyboard.press("ArrowDown")
        expect(members.get_by_role("button", name="o001")).to_be_focused()
        page.wait_for_function(SCROLLED_TO_END)
        # Those that are far away are not drawn.
        assert members.get_by_role("listitem").count() < 131
        members.get_by_role("button").last.focus()
        page.keyboard.press("Home")
        expect(members.get_by_role("button", name="o000")).to_be_focused()
        page.keyboard.press("End")
        expect(members.get_by_role("button", name="omar")).to_be_focused()


def test_people_are_blocked_and_written_to(visit: Visits, shared: PageServer) -> None:
    token = shared.sign_up("pia")
    with shared.meet("piers", "paul") as (paul,):
        paul.call("setProfile", displayName="Paul P.", status={"text": "Away", "emoji": "🌴"})
        page = visit(shared, token, "rooms/piers").tab
        page.get_by_role("main").get_by_role("button", name="Join", exact=True).click()
        expect(page.get_by_role("textbox", name="Message to piers")).to_be_visible()
        page.goto("/#/rooms/piers/person/paul")
        side = page.get_by_role("complementary")
        expect(side.get_by_role("heading", name="Paul P.")).to_be_visible()
        expect(side).to_contain_text("🌴 Away")
        expect(side).to_contain_text("@paul · online")
        side.get_by_role("button", name="Block").click()
        page.get_by_role("dialog").get_by_role("button", name="Block").click()
        expect(side.get_by_text("You block Paul P.")).to_be_visible()
        page.goto("/#/settings/blocked")
        page.get_by_role("button", name="Unblock Paul P.").click()
        expect(page.get_by_text("You block nobody.")).to_be_visible()
        page.goto("/#/rooms/piers/person/paul")
        side.get_by_role("button", name="Message", exact=True).click()
        title(page, "Paul P.")


def test_pins_come_and_go(visit: Visits, shared: PageServer) -> None:
    token, other = shared.sign_up("quin"), shared.sign_up("quea")
    with shared.session(token) as quin, shared.session(other) as quea:
        quin.call("createRoom", room="quilts", visibility="public")
        quea.call("joinRoom", room="quilts")
        quin.say("quilts", "first", "second")
        page = visit(shared, token, "rooms/quilts/pins").tab
        hers = visit(shared, other, "rooms/quilts/pins").tab
        expect(hers.get_by_text("Nothing is pinned here.")).to_be_visible()
        quin.call("pinMessage", room="quilts", seq=1)
        pinned = hers.get_by_role("complementary").get_by_role("article")
        expect(pinned).to_contain_text("first")
        expect(pinned.get_by_role("button", name="Unpin")).to_be_hidden()
        pinned.get_by_role("button", name="Go to the message").click()
        expect(hers).to_have_url(re.compile("#/rooms/quilts/1$"))
        mine = page.get_by_role("complementary")
        mine.get_by_role("button", name="Unpin").click()
        expect(mine.get_by_text("Nothing is pinned here.")).to_be_visible()


def test_settings_of_a_room(visit: Visits, shared: PageServer) -> None:
    token, other = shared.sign_up("rosa"), shared.sign_up("remy")
    with shared.session(token) as rosa, shared.session(other) as remy:
        rosa.call("createRoom", room="rocks", visibility="public", title="Rocks")
        remy.call("joinRoom", room="rocks")
        page = visit(shared, token, "rooms/rocks/info").tab
        his = visit(shared, other, "rooms/rocks/info").tab
        side, his_side = (each.get_by_role("complementary") for each in (page, his))
        expect(his_side.get_by_text("Moderators and owners can change this.")).to_be_visible()
        expect(side.get_by_role("button", name="Save")).to_be_disabled()
        side.get_by_label("Title", exact=True).fill("Rocks and stones")
        side.get_by_label("Topic").fill("Geology")
        side.get_by_label("Who may write").select_option("Moderators and owners")
        side.get_by_label("Slow mode").select_option("30 seconds")
        side.get_by_role("button", name="Save").click()
        expect(his_side).to_contain_text("Geology")
        expect(his_side).to_contain_text("30 seconds")
        title(his, re.compile("^Rocks and stones"))  # type: ignore[arg-type]
        expect(his.get_by_text("Only moderators write here.")).to_be_visible()

        his_side.get_by_label("Notifications").select_option("Nothing")
        sidebar = his.get_by_role("navigation", name="Rooms and messages")
        expect(sidebar.get_by_role("img", name="Muted")).to_be_visible()
        for item, muted in (("Unmute this room", 0), ("Mute this room", 1)):
            his.get_by_role("button", name="More about this room").click()
            his.get_by_role("menuitem", name=item).click()
            expect(sidebar.get_by_role("img", name="Muted")).to_have_count(muted)
        his_side.get_by_role("button", name="Leave").click()
        his.get_by_role("dialog").get_by_role("button", name="Leave").click()
        expect(sidebar.get_by_text("You are in no room yet.")).to_be_visible()
        assert len(rosa.call("listMembers", room="rocks")["members"]) == 1

        side.get_by_role("button", name="Delete room").click()
        dialog = page.get_by_role("dialog", name="Delete Rocks and stones")
        expect(dialog.get_by_role("button", name="Delete room")).to_be_disabled()
        dialog.get_by_role("textbox").fill("Rocks and stones")
        dialog.get_by_role("button", name="Delete room").click()
        expect(page.get_by_role("main", name="Home")).to_be_visible()
        expect(page.get_by_text("Rocks and stones")).to_be_hidden()
