"""What admins of the server do."""

from playwright.sync_api import expect

from .server import PageServer
from .test_rooms import title
from .visits import Visits


def test_accounts(visit: Visits, shared: PageServer) -> None:
    token = shared.sign_up("ada")
    other = shared.sign_up("abel")
    shared.make_admin("ada")
    page = visit(shared, token, "admin/people").tab
    his = visit(shared, other, "admin/people").tab
    expect(his.get_by_text("Only admins of the server can do this.")).to_be_visible()
    page.get_by_role("searchbox", name="Search people").fill("abe")
    people = page.get_by_role("list", name="People")
    expect(people.get_by_role("listitem")).to_have_count(1)

    def act(action: str) -> None:
        people.get_by_role("button", name="abel").click()
        page.get_by_role("menuitem", name=action).click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_role("button", name=action).click()
        expect(dialog).to_be_hidden()

    row = people.get_by_role("listitem")
    act("Make admin")
    expect(row).to_contain_text("Admin")
    his.reload()
    expect(his.get_by_role("list", name="People")).to_contain_text("ada")
    act("Take the admin role")
    expect(row).not_to_contain_text("Admin")
    act("Disable account")
    expect(row).to_contain_text("Disabled")
    expect(his.get_by_text("You have been logged out.")).to_be_visible()
    act("Enable account")
    expect(row).not_to_contain_text("Disabled")
    again = visit(shared)
    again.log_in("abel")

    # The log-in is ended.
    people.get_by_role("button", name="abel").click()
    page.get_by_role("menuitem", name="Log-ins").click()
    log_ins = page.get_by_role("dialog", name="Log-ins of abel")
    devices = log_ins.get_by_role("list", name="Log-ins").get_by_role("listitem")
    expect(devices).to_have_count(1)
    devices.get_by_role("button", name="Log out").click()
    expect(log_ins).to_contain_text("This person is logged in nowhere.")
    expect(again.tab.get_by_text("You have been logged out.")).to_be_visible()
    log_ins.get_by_role("button", name="Done").click()

    # All of it is in the audit.
    page.get_by_role("link", name="Audit").click()
    page.get_by_label("On", exact=True).fill("@Abel")
    acts = page.get_by_role("list", name="Audit").get_by_role("listitem")
    expect(acts).to_have_count(5)
    expect(acts.first).to_contain_text("ada (@ada) ended a log-in of abel (@abel)")
    page.get_by_label("Act").select_option("Account disabled")
    expect(acts).to_have_count(1)
    expect(acts).to_contain_text("ada (@ada) disabled abel (@abel)")


def test_an_abandoned_room_is_taken_over(visit: Visits, shared: PageServer) -> None:
    token = shared.sign_up("alma")
    shared.make_admin("alma")
    page = visit(shared, token, "admin/rooms").tab
    with shared.session(shared.add_user("ansel")) as ansel:
        ansel.call("createRoom", room="attic", visibility="private", title="Attic")
        name = page.get_by_label("Name", exact=True)
        name.fill("attic")
        take = page.get_by_role("button", name="Take over")
        take.click()
        expect(name).to_have_accessible_description(
            "This room has an owner who can act. Only abandoned rooms can be taken over."
        )
        ansel.call("leaveRoom", room="attic")
        take.click()
        title(page, "Attic")
    page.goto("/#/admin/audit")
    page.get_by_label("Room", exact=True).fill("attic")
    acts = page.get_by_role("list", name="Audit").get_by_role("listitem")
    expect(acts).to_have_count(1)
    expect(acts).to_contain_text("alma (@alma) took over the room")


def test_invitations_and_state_of_the_server(visit: Visits, shared: PageServer) -> None:
    token = shared.sign_up("axel")
    shared.make_admin("axel")
    page = visit(shared, token, "admin/invitations").tab
    page.get_by_role("button", name="New link").click()
    dialog = page.get_by_role("dialog", name="Invite people")
    dialog.get_by_label("For", exact=True).select_option("One person")
    dialog.get_by_role("button", name="Make link").click()
    dialog.get_by_role("button", name="Done").click()
    links = page.get_by_role("list", name="Invitations").get_by_role("listitem")
    expect(links.first).to_contain_text("To the server")
    expect(links.first).to_contain_text("used 0 of 1 times")
    page.get_by_role("link", name="Server", exact=True).click()
    expect(page.get_by_text("Everything works.")).to_be_visible()


def test_the_server_is_named_and_coloured(server: PageServer, visit: Visits) -> None:
    token = server.sign_up("anna")
    server.make_admin("anna")
    other = server.sign_up("alan")
    page, his = visit(server, token, "admin/server").tab, visit(server, other).tab
    expect(his.get_by_role("button", name="chatroom", exact=True)).to_be_visible()
    page.get_by_label("Name of the server").fill("Harbour")
    page.get_by_label("Colour").fill("#aa3355")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    expect(his.get_by_role("button", name="Harbour")).to_be_visible()
    accent = "getComputedStyle(document.documentElement).getPropertyValue('--server-accent')"
    assert his.evaluate(accent) == "#aa3355"
    page.get_by_role("button", name="Default colour").click()
    page.get_by_role("button", name="Save").click()
    his.wait_for_function(f"() => {accent} !== '#aa3355'")
    his.reload()
    expect(his.get_by_role("button", name="Harbour")).to_be_visible()
    assert his.evaluate(accent) != "#aa3355"
    out = visit(server).tab
    expect(out.get_by_role("heading", name="Log in to Harbour")).to_be_visible()
