"""One's own settings."""

import struct
import zlib
from zipfile import ZipFile

from playwright.sync_api import expect

from ..server.process import PASSWORD
from .server import PageServer
from .visits import Visits


def png(width: int, height: int) -> bytes:
    """Return a picture of one colour."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        checksum = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = b"".join(b"\0" + b"\x20\x80\xc0" * width for _ in range(height))
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def test_others_see_a_changed_profile(visit: Visits, shared: PageServer) -> None:
    token, other = shared.sign_up("sara"), shared.sign_up("sven")
    with shared.session(token) as sara, shared.session(other) as sven:
        sara.call("createRoom", room="seas", visibility="public")
        sven.call("joinRoom", room="seas")
        his = visit(shared, other, "rooms/seas/person/sara").tab
        seen = his.get_by_role("complementary")
        page = visit(shared, token, "settings/profile").tab
        page.get_by_label("Your name").fill("Sara S.")
        page.get_by_role("button", name="Save").click()
        expect(seen.get_by_role("heading", name="Sara S.")).to_be_visible()

        page.get_by_role("button", name="Emoji of the status").click()
        page.get_by_role("combobox", name="Search emoji").fill("palm tree")
        page.get_by_role("gridcell", name="palm tree", exact=True).click()
        page.get_by_label("What you are doing").fill("On holiday")
        page.get_by_label("Ends after").select_option("7 days")
        page.get_by_role("button", name="Set status").click()
        expect(seen).to_contain_text("🌴 On holiday")
        expect(seen).to_contain_text("until ")
        page.get_by_role("button", name="Remove status").click()
        expect(seen).not_to_contain_text("On holiday")

        # A picture is cut to a square before it is sent.
        picture = {"name": "me.png", "mimeType": "image/png", "buffer": png(300, 200)}
        page.locator("input[type=file]").set_input_files(picture)  # type: ignore[arg-type]
        expect(page.get_by_role("button", name="Change picture")).to_be_visible()
        image = seen.locator(".avatar.huge img")
        expect(image).to_be_visible()
        assert image.evaluate("image => image.decode().then(() => image.naturalWidth)") == 200
        assert image.evaluate("image => image.naturalHeight") == 200
        page.get_by_role("button", name="Remove", exact=True).click()
        expect(image).to_be_hidden()
        wrong = {"name": "me.txt", "mimeType": "text/plain", "buffer": b"no picture"}
        page.locator("input[type=file]").set_input_files(wrong)  # type: ignore[arg-type]
        expect(page.get_by_text("not a picture")).to_be_visible()


def test_theme_and_language_are_kept(visit: Visits, shared: PageServer) -> None:
    token = shared.sign_up("tess")
    page = visit(shared, token, "settings/appearance", color_scheme="light").tab
    root = page.locator("html")
    background = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(background)
    page.get_by_role("radio", name="Dark").check(force=True)
    expect(root).to_have_attribute("data-theme", "dark")
    assert page.evaluate(background) != light
    page.goto("/?pseudo#/settings/appearance")
    page.get_by_label("Language", exact=True).select_option("qps")
    expect(root).to_have_attribute("dir", "rtl")
    page.reload()
    expect(root).to_have_attribute("dir", "rtl")
    expect(root).to_have_attribute("data-theme", "dark")
    page.get_by_role("combobox").select_option("en")
    expect(page.get_by_role("heading", name="Settings")).to_be_visible()
    page.get_by_role("switch", name="Send with Enter").uncheck()
    expect(page.get_by_text("Ctrl and Enter sends.")).to_be_visible()


def test_levels_of_rooms(visit: Visits, shared: PageServer) -> None:
    token = shared.sign_up("uma")
    with shared.session(token) as uma:
        uma.call("createRoom", room="urns", visibility="public", title="Urns")
        uma.call("createRoom", room="umbra", visibility="public", title="Umbra")
        page = visit(shared, token, "settings/notifications").tab
        page.get_by_label("Change another one").select_option("Urns")
        level = page.get_by_label("Notifications of Urns")
        expect(level).to_have_value("mentions")
        level.select_option("Nothing")
        entry = uma.event("unread", room="urns", notifications="none")
        assert entry["notifications"] == "none"
        expect(page.get_by_label("Notifications of Umbra")).to_be_hidden()


def test_log_ins_are_ended(visit: Visits, shared: PageServer) -> None:
    token = shared.sign_up("vera")
    other = visit(shared, shared.log_in("vera")).tab
    expect(other.get_by_role("navigation", name="Rooms and messages")).to_be_visible()
    page = visit(shared, shared.log_in("vera"), "settings/devices").tab
    log_ins = page.get_by_role("list", name="Log-ins").get_by_role("listitem")
    expect(log_ins).to_have_count(3)  # the sign-up and two pages
    expect(log_ins.first).to_contain_text("This device")
    connected = log_ins.filter(has_text="Connected from").filter(has_not_text="This device")
    connected.get_by_role("button", name="Log out").click()
    expect(other.get_by_text("You have been logged out.")).to_be_visible()
    expect(log_ins).to_have_count(2)

    # Everything ends, this page too.
    page.get_by_role("button", name="Log out everywhere").click()
    page.get_by_role("dialog").get_by_role("button", name="Log out everywhere").click()
    expect(page.get_by_role("button", name="Log in")).to_be_visible()
    page.wait_for_function("() => localStorage.getItem('chatroom.leaving') === null")  # answered
    assert shared.http("GET", "/api/tokens", token=token).status == 401


def test_the_password_is_changed(visit: Visits, shared: PageServer) -> None:
    token = shared.sign_up("wren")
    page = visit(shared, token, "settings/devices").tab
    old, new = page.get_by_label("Present password"), page.get_by_label("New password")
    old.fill("not it at all")
    new.fill("another long one")
    change = page.get_by_role("button", name="Change password")
    change.click()
    expect(page.get_by_role("alert")).to_have_text("This is not your password.")
    old.fill(PASSWORD)
    new.fill("password1")
    change.click()
    expect(page.get_by_role("alert")).to_contain_text("Too many people use this password.")
    new.fill("another long one")
    change.click()
    expect(page.get_by_text("Your password is changed.")).to_be_visible()
    body = {"name": "wren", "password": "another long one"}
    assert shared.http("POST", "/api/login", body).status == 200
    expect(page.get_by_role("list", name="Log-ins")).to_be_visible()  # still logged in


def test_an_account_is_deleted_by_its_owner(visit: Visits, shared: PageServer) -> None:
    token, other = shared.sign_up("dora"), shared.sign_up("dirk")
    with shared.session(token) as dora, shared.session(other) as dirk:
        dora.call("createRoom", room="dock", visibility="public")
        dirk.call("joinRoom", room="dock")
        dora.call("sendMessage", room="dock", text="Dora was here")
    his = visit(shared, other, "rooms/dock").tab
    expect(his.get_by_text("Dora was here")).to_be_visible()
    page = visit(shared, token, "settings/devices").tab
    with page.expect_download() as download:
        page.get_by_role("button", name="Download my data").click()
    with ZipFile(download.value.path()) as archive:
        assert b"Dora was here" in archive.read("person.jsonl")
    page.get_by_role("button", name="Delete my account").click()
    dialog = page.get_by_role("dialog", name="Delete your account for ever?")
    delete = dialog.get_by_role("button", name="Delete for ever")
    expect(delete).to_be_disabled()
    password = dialog.get_by_label("Your password")
    password.fill("wrong horse")
    delete.click()
    expect(password).to_have_accessible_description("This is not your password.")
    password.fill(PASSWORD)
    delete.click()
    expect(page.get_by_role("button", name="Log in")).to_be_visible()
    expect(his.get_by_text("Dora was here")).to_be_hidden()
    expect(his.get_by_text("deleted")).to_be_visible()
