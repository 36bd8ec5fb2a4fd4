"""What the server tells everybody: an announcement, and that it is read-only."""

from playwright.sync_api import expect

from .server import PageServer
from .visits import Visits


def test_everybody_sees_an_announcement_and_dismisses_it(visit: Visits, shared: PageServer) -> None:
    token = shared.sign_up("nora")
    shared.make_admin("nora")
    page = visit(shared, token, "admin/server").tab
    his = visit(shared, shared.sign_up("nils")).tab
    notice = his.locator(".announcement")
    expect(notice).to_be_hidden()
    page.get_by_label("Announcement").fill("Cake in the kitchen")
    page.get_by_role("button", name="Announce", exact=True).click()
    expect(notice).to_contain_text("Cake in the kitchen")
    notice.get_by_role("button", name="Dismiss").click()
    expect(notice).to_be_hidden()
    his.reload()
    expect(his.locator(".sidebar")).to_be_visible()
    expect(notice).to_be_hidden()
    # Another one is shown again, also to those who come later, until it is taken back.
    page.get_by_label("Announcement").fill("Tea, too")
    page.get_by_role("button", name="Announce", exact=True).click()
    expect(notice).to_contain_text("Tea, too")
    his.reload()
    expect(notice).to_contain_text("Tea, too")
    page.get_by_role("button", name="Take back").click()
    expect(notice).to_be_hidden()


def test_nobody_writes_while_the_server_is_read_only(visit: Visits, shared: PageServer) -> None:
    token = shared.sign_up("nina")
    shared.make_admin("nina")
    with shared.meet("nook", "nestor") as [nestor]:
        nestor.say("nook", "before")
        page = visit(shared, token, "admin/server").tab
        his = visit(shared, nestor.token, "rooms/nook")
        his.shows("before")
        page.get_by_label("Why the server is read-only").fill("We move")
        page.get_by_role("button", name="Make read-only").click()
        try:
            expect(his.tab.locator(".bar")).to_contain_text("The server is read-only: We move")
            expect(his.composer).to_be_hidden()
            his.tab.reload()
            his.shows("before")
            expect(his.composer).to_be_hidden()
        finally:
            page.get_by_role("button", name="Let people write again").click()
        expect(his.composer).to_be_visible()
        expect(his.tab.locator(".bar")).to_be_hidden()
        his.say("after")
        his.shows("before", "after")


def test_an_admin_sets_how_long_a_room_keeps_messages(visit: Visits, shared: PageServer) -> None:
    token = shared.sign_up("nell")
    shared.make_admin("nell")
    with shared.session(token) as nell:
        nell.call("createRoom", room="nest", visibility="private")
        page = visit(shared, token, "rooms/nest/info").tab
        form = page.get_by_role("form", name="Keeping of messages")
        form.get_by_label("Days to keep").fill("30")
        form.get_by_role("button", name="Save").click()
        expect(page.locator(".toast")).to_contain_text("Saved")
        page.reload()
        expect(form.get_by_label("Days to keep")).to_have_value("30")
        form.get_by_label("Days to keep").fill("")
        form.get_by_role("button", name="Save").click()
        page.reload()
        expect(form.get_by_label("Messages to keep")).to_have_attribute("placeholder", "Unlimited")
        expect(form.get_by_label("Days to keep")).to_have_value("")
        acts = [entry["act"] for entry in nell.call("listAudit", room="nest")["entries"]]
        assert acts == ["setRetention", "setRetention"]
