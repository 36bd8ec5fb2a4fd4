"""Any name and text is shown as text, completely, and within the screen."""

from playwright.sync_api import expect

from .server import PageServer
from .visits import Visits

MARKUP = "<img src=x onerror=alert(1)>"
# Boxes whose content is wider than the box.
WIDE = """[...document.querySelectorAll('body, .scroller, .sidebar-scroll')]
    .filter((box) => box.scrollWidth > box.clientWidth)"""


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
    page = visit(shared, token, "rooms/look")
    expect(page.texts).to_have_text([text.replace("\n", "") for text in texts.values()])
    expect(page.messages.locator(".sender")).to_have_text(list(people.values()))
    expect(page.messages.locator(".avatar")).to_have_text(["🙂", "<", "W", "א"])
    expect(page.messages.locator("img")).to_have_count(0)
    links = page.texts.get_by_role("link")
    expect(links).to_have_count(1)
    expect(links).to_have_attribute("href", "https://example.org/?a=(b)")

    for width in (1200, 360):
        page.tab.set_viewport_size({"width": width, "height": 640})
        for room, title in (("look", "look"), ("@ida:ira", people["ira"])):
            page.open(room)
            expect(page.title).to_have_text(title)
            page.tab.wait_for_function(f"() => {WIDE}.length === 0")


def test_a_name_that_is_not_unique_has_the_account_beside_it(
    visit: Visits, shared: PageServer
) -> None:
    with shared.meet("names", "kim") as [kim]:
        token = kim.token
    for name in ("kit", "kay"):
        with shared.session(shared.add_user(name, "The Boss")) as client:
            client.call("joinRoom", room="names")
            client.say("names", f"I am {name}")
    page = visit(shared, token, "rooms/names")
    expect(page.messages.locator(".sender")).to_have_text(["The Boss @kit", "The Boss @kay"])
