"""Any name and text is shown as text, completely, and within the screen."""

from base64 import b64encode

from playwright.sync_api import expect

from .server import PageServer
from .visits import Visits

MARKUP = "<img src=x onerror=alert(1)>"
# Boxes whose content is wider than the box.
WIDE = """[...document.querySelectorAll('body, #scroll, .lists')]
    .filter((box) => box.scrollWidth > box.clientWidth)"""


def test_a_message_of_files_alone_shows_their_names(visit: Visits, shared: PageServer) -> None:
    with shared.meet("files", "flo") as [flo]:
        page = visit(shared, flo.token, "files")
        expect(page.button("Leave")).to_be_visible()
        headers = {
            "Authorization": f"Bearer {flo.token}",
            "Content-Type": "application/offset+octet-stream",
            "Tus-Resumable": "1.0.0",
            "Upload-Length": "1",
            "Upload-Metadata": f"filename {b64encode(b'<b>.txt').decode()}",
        }
        made = page.tab.request.post("/api/uploads", data=b"x", headers=headers)
        upload = made.headers["location"].rpartition("/")[2]
        flo.call("sendMessage", room="files", text="", attachments=[upload])
        page.shows("[<b>.txt]")


def test_names_and_texts_of_all_kinds(visit: Visits, shared: PageServer) -> None:
    with shared.meet("look", "ida") as [ida]:
        token = ida.token
    people = {"ivo": "🙂 Ivo", "ian": MARKUP, "ira": "W" * 80, "ilo": "אילו"}
    texts = {
        "ivo": "javascript:alert(1) data:text/html,x https://example.org/?a=(b)",
        "ian": MARKUP,
        "ira": "W" * 4000,
        "ilo": "שלום, עולם!\nthen English.",
    }
    for name, display_name in people.items():
        with shared.session(shared.add_user(name, display_name)) as client:
            client.call("joinRoom", room="look")
            client.say("look", texts[name])
            client.call("sendMessage", to="ida", text="hello")
    page = visit(shared, token, "look")
    page.shows(*texts.values())
    expect(page.messages.locator(".by strong")).to_have_text(list(people.values()))
    expect(page.messages.locator(".sign")).to_have_text(["🙂", "<", "W", "א"])
    expect(page.messages.locator("img")).to_have_count(0)
    links = page.texts.get_by_role("link")
    expect(links).to_have_count(1)
    expect(links).to_have_attribute("href", "https://example.org/?a=(b")

    for width in (1200, 360):
        page.tab.set_viewport_size({"width": width, "height": 640})
        for room, title in (("look", "look"), ("@ida:ira", people["ira"]), ("", "")):
            page.go_to(room)
            expect(page.title).to_have_text(title)
            page.tab.wait_for_function(f"() => {WIDE}.length === 0")
