"""Directory, dialogs that begin conversations, quick switcher."""

import re

from playwright.sync_api import Page, expect

from .server import PageServer
from .visits import Visits


def title(page: Page, text: str) -> None:
    expect(page.get_by_role("main").get_by_role("heading", level=1)).to_have_text(text)


def test_rooms_are_found_and_joined(visit: Visits, shared: PageServer) -> None:
    token = shared.sign_up("dora")
    with shared.session(shared.add_user("dirk")) as dirk:
        dirk.call("createRoom", room="ducks", visibility="public", title="Ducks", topic="Quack")
        dirk.call("createRoom", room="ducks-own", visibility="private", title="Own ducks")
        page = visit(shared, token, "directory").tab
        search = page.get_by_role("searchbox", name="Search rooms")
        search.fill("duck")
        rooms = page.get_by_role("main").get_by_role("list", name="Rooms")
        expect(rooms.get_by_role("listitem")).to_have_count(1)
        expect(rooms).to_contain_text("Ducks")
        expect(rooms).to_contain_text("one member · Quack")
        rooms.get_by_role("button", name="Join Ducks").click()
        title(page, "Ducks")
        members = dirk.call("listMembers", room="ducks")["members"]
        assert [member["user"] for member in members] == ["dirk", "dora"]

        # What is not found can be made.
        page.goto("/#/directory")
        search.fill("geese")
        expect(page.get_by_text("No room is called “geese”.")).to_be_visible()


def test_a_room_is_made(visit: Visits, shared: PageServer) -> None:
    token = shared.sign_up("mara")
    with shared.session(shared.add_user("mick")) as mick:
        mick.call("createRoom", room="plans", visibility="public")
        page = visit(shared, token).tab
        page.get_by_role("button", name="New room or message").click()
        page.get_by_role("menuitem", name="New room").click()
        dialog = page.get_by_role("dialog", name="New room")
        dialog.get_by_label("Title", exact=True).fill("Plans")
        expect(dialog.get_by_label("Name", exact=True)).to_have_value("plans")
        dialog.get_by_role("switch", name="Private").check()
        dialog.get_by_role("button", name="Create room").click()
        expect(dialog.get_by_role("alert")).to_contain_text("taken")
        dialog.get_by_label("Name", exact=True).fill("plans-2")
        dialog.get_by_role("button", name="Create room").click()
        title(page, "Plans")
        expect(page).to_have_url(re.compile("#/rooms/plans-2$"))
        assert "plans-2" not in [room["room"] for room in mick.call("listRooms")["rooms"]]
        # The list of rooms shows that it is private, also after a change elsewhere.
        lock = page.locator('.entry[data-room="plans-2"]').get_by_role("img", name="Private")
        expect(lock).to_be_visible()
        page.goto("/#/directory")
        with shared.session(token) as phone:
            for visibility, locks in (("public", 0), ("private", 1)):
                phone.call("setRoom", room="plans-2", visibility=visibility)
                expect(lock).to_have_count(locks)


def test_one_person_gets_a_message_and_several_a_group(visit: Visits, shared: PageServer) -> None:
    token = shared.sign_up("gwen")
    with shared.meet("gnus", "gabe", "gina") as (gabe, gina):
        gwen = shared.add_user("gwen2")  # a stranger, found by the account's name
        page = visit(shared, token).tab
        page.goto("/#/directory")
        page.get_by_role("button", name="Join gnus").click()
        title(page, "gnus")

        def begin() -> None:
            page.get_by_role("button", name="New room or message").click()
            page.get_by_role("menuitem", name="New message").click()

        begin()
        dialog = page.get_by_role("dialog", name="New message")
        to = dialog.get_by_role("combobox", name="To")
        expect(to).to_be_focused()
        to.fill("gab")
        expect(dialog.get_by_role("option", name="gabe")).to_be_visible()
        to.press("Enter")
        dialog.get_by_role("button", name="Message", exact=True).click()
        title(page, "gabe")
        expect(page).to_have_url(re.compile("#/rooms/@gabe:gwen$"))

        begin()
        to.fill("gab")
        dialog.get_by_role("option", name="gabe").click()
        to.fill("gin")
        expect(dialog.get_by_role("option").first).to_contain_text("gina")
        to.press("Enter")
        to.fill("gwen2")
        expect(dialog.get_by_role("option", name="gwen2")).to_be_visible()
        to.press("Enter")
        expect(dialog.get_by_role("button", name="Leave out")).to_have_count(3)
        to.press("Backspace")
        expect(dialog.get_by_role("button", name="Leave out")).to_have_count(2)
        dialog.get_by_role("button", name="Make group").click()
        title(page, "gwen, gabe, gina")
        expect(page.get_by_role("region", name="Direct messages")).to_contain_text("gabe, gina")
        [group] = [room for room in gina.call("getInbox")["rooms"] if room["room"][0] == "~"]
        assert gabe.call("listMembers", room=group["room"])["members"][0]["user"] == "gabe"
        assert gwen


def test_the_switcher_opens_what_is_typed(visit: Visits, shared: PageServer) -> None:
    token = shared.sign_up("kate")
    with shared.session(token) as kate, shared.session(shared.add_user("kurt")) as kurt:
        for room in ("kites", "keys-and-locks", "knots"):
            kate.call("createRoom", room=room, visibility="public", title=room.capitalize())
        kurt.call("createRoom", room="koalas", visibility="public", title="Koalas")
        kate.call("sendMessage", to="kurt", text="hi")
        page = visit(shared, token, "rooms/kites").tab
        title(page, "Kites")
        page.goto("/#/rooms/knots")
        title(page, "Knots")
        field = page.get_by_role("dialog", name="Go to").get_by_role("combobox")
        options = page.get_by_role("dialog", name="Go to").get_by_role("option")

        # Those opened last are first, without the open one.
        page.keyboard.press("Control+k")
        expect(field).to_be_focused()
        expect(options.first).to_contain_text("Kites")
        expect(options.filter(has_text="Knots")).to_have_count(0)
        page.keyboard.press("Enter")
        title(page, "Kites")

        # Letters in order are enough; the arrow keys choose.
        page.keyboard.press("Control+k")
        field.fill("kyl")
        expect(options.first).to_contain_text("Keys-and-locks")
        field.fill("k")
        page.keyboard.press("ArrowDown")
        expect(options.nth(1)).to_have_attribute("aria-selected", "true")
        page.keyboard.press("Escape")
        expect(field).to_be_hidden()

        # People, places, and rooms that one is not in.
        page.keyboard.press("Control+k")
        field.fill("kurt")
        expect(options.first).to_contain_text("@kurt")
        page.keyboard.press("Enter")
        title(page, "kurt")
        page.keyboard.press("Control+k")
        field.fill("devi")
        page.keyboard.press("Enter")
        title(page, "Settings")
        page.keyboard.press("Control+k")
        field.fill("koala")
        expect(options.first).to_contain_text("Not joined")
        page.keyboard.press("Enter")
        page.get_by_role("main").get_by_role("button", name="Join", exact=True).click()
        title(page, "Koalas")
