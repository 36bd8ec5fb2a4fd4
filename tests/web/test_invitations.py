"""Log-in and sign-up, invitations, and the first steps of an admin."""

import re

from playwright.sync_api import Page, Route, expect

from ..server.process import PASSWORD
from .server import PageServer
from .test_rooms import title
from .visits import Visits


def sign_up(page: Page, name: str, display_name: str = "") -> None:
    page.get_by_label("Account name").fill(name)
    page.get_by_label("Your name").fill(display_name)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()


def test_refusals_are_beside_their_fields(visit: Visits, shared: PageServer) -> None:
    shared.sign_up("xena")
    page = visit(shared).tab
    name, password = page.get_by_label("Account name"), page.get_by_label("Password", exact=True)
    name.fill("xena")
    password.fill("certainly wrong")
    page.get_by_role("button", name="Log in").click()
    expect(password).to_have_accessible_description("The name or the password is wrong.")
    page.get_by_role("button", name="I need an account").click()
    password.fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    expect(name).to_have_accessible_description(re.compile("taken"))
    name.fill("xeno")
    password.fill("password1")
    expect(page.get_by_role("alert")).to_be_hidden()
    page.get_by_role("button", name="Show the password").click()
    expect(password).to_have_attribute("type", "text")
    page.get_by_role("button", name="Create account").click()
    expect(password).to_have_accessible_description(re.compile("Too many people"))
    password.fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_role("navigation", name="Rooms and messages")).to_be_visible()


def test_who_may_sign_up_is_said(visit: Visits, shared: PageServer) -> None:
    page = visit(shared).tab
    policy = "closed"

    def answer(route: Route) -> None:
        route.fulfill(json={"name": "Club", "signup": policy, "needsAdmin": False})

    page.route("**/api/server", answer)
    page.reload()
    expect(page.get_by_text("New accounts are made by the operator")).to_be_visible()
    expect(page.get_by_role("button", name="I need an account")).to_be_hidden()
    policy = "invite"
    page.reload()
    page.get_by_role("button", name="I need an account").click()
    expect(page.get_by_role("heading", name="Join Club")).to_be_visible()
    expect(page.get_by_text("To join, you need an invitation.")).to_be_visible()


def test_an_invitation_brings_people_into_a_room(visit: Visits, shared: PageServer) -> None:
    token = shared.sign_up("yara")
    other = shared.sign_up("yves")
    with shared.session(token) as yara:
        yara.call("createRoom", room="yard", visibility="private", title="Yard")
        page = visit(shared, token, "rooms/yard/info").tab
        side = page.get_by_role("complementary")
        side.get_by_role("button", name="New link").click()
        dialog = page.get_by_role("dialog", name="Invite people")
        expect(dialog.get_by_label("Into the room")).to_have_value("yard")
        dialog.get_by_label("Valid for").select_option("One day")
        dialog.get_by_role("button", name="Make link").click()
        link = dialog.get_by_label("Invitation link").input_value()
        dialog.get_by_role("button", name="Done").click()

        # Somebody with an account is asked, and comes into the room.
        his = visit(shared, other).tab
        his.goto(link)
        his.get_by_role("dialog").get_by_role("button", name="Accept").click()
        title(his, "Yard")
        expect(his).not_to_have_url(re.compile("invitation"))

        # Somebody new makes an account first.
        new = visit(shared).tab
        new.goto(link)
        expect(new.get_by_text("You have been invited.")).to_be_visible()
        sign_up(new, "yuri", "Yuri Y.")
        title(new, "Yard")

        # The one who invited sees who came, and revokes the link.
        page.reload()
        links = side.get_by_role("list", name="Invitations").get_by_role("listitem")
        expect(links).to_contain_text(re.compile("Came: (yves and Yuri Y.|Yuri Y. and yves)"))
        expect(links).to_contain_text("used 2 times")
        links.get_by_role("button", name="Revoke").click()
        page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
        expect(links).to_contain_text("Revoked")
        late = visit(shared).tab
        late.goto(link)
        sign_up(late, "yoko")
        expect(late.get_by_role("alert")).to_contain_text("not valid any more")
        late.goto("about:blank")
        yoko = shared.sign_up("yoko")
        hers = visit(shared, yoko).tab
        hers.goto(link)
        hers.get_by_role("button", name="Accept").click()
        expect(hers.get_by_role("alert")).to_contain_text("not valid any more")
        hers.get_by_role("dialog").get_by_role("button", name="Close").last.click()
        expect(hers.get_by_role("dialog")).to_be_hidden()


def test_the_first_admin_is_guided(server: PageServer, visit: Visits) -> None:
    page = visit(server).tab
    expect(page.get_by_text("This server has no admin yet.")).to_be_visible()
    page.goto(f"/?invitation={server.admin_code}")
    sign_up(page, "zoe")
    guide = page.get_by_role("region", name="First steps")
    expect(guide.get_by_role("img", name="Done")).to_have_count(0)
    guide.get_by_role("button", name="Choose").click()
    page.get_by_label("Name of the server").fill("Zoo")
    page.get_by_role("button", name="Save").click()
    page.goto("/#/")
    expect(guide.get_by_role("heading", name="Welcome to Zoo")).to_be_visible()
    expect(guide.get_by_role("img", name="Done")).to_have_count(1)
    page.set_viewport_size({"width": 390, "height": 844})  # phones have it above the rooms
    expect(guide).to_be_visible()
    page.set_viewport_size({"width": 1280, "height": 800})
    guide.get_by_role("button", name="Edit profile").click()
    page.get_by_label("Your name").fill("Zoe Z.")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    page.goto("/#/")
    expect(guide.get_by_role("img", name="Done")).to_have_count(2)
    guide.get_by_role("button", name="New room").click()
    page.get_by_role("dialog").get_by_label("Title", exact=True).fill("Lobby")
    page.get_by_role("dialog").get_by_role("button", name="Create room").click()
    title(page, "Lobby")
    page.goto("/#/")
    guide.get_by_role("button", name="Make link").click()
    dialog = page.get_by_role("dialog", name="Invite people")
    dialog.get_by_label("Into the room").select_option("Lobby")
    expect(dialog.get_by_role("switch", name="People may make an account")).to_be_checked()
    dialog.get_by_role("button", name="Make link").click()
    link = dialog.get_by_label("Invitation link").input_value()
    dialog.get_by_role("button", name="Done").click()
    expect(guide).to_be_hidden()
    page.reload()
    expect(page.get_by_text("Choose a room to read")).to_be_visible()
    new = visit(server).tab
    new.goto(link)
    sign_up(new, "zack")
    title(new, "Lobby")
