"""Files in messages: choosing, sending, pictures, players, downloads."""

import re
import wave
from io import BytesIO
from pathlib import Path

from playwright.sync_api import FilePayload, Request, Route, expect

from .server import PageServer
from .visits import Visits

PICTURE = (Path(__file__).parents[2] / "docs/pictures/light.png").read_bytes()


def _file(name: str, mime: str, content: bytes) -> FilePayload:
    return {"name": name, "mimeType": mime, "buffer": content}


def _sound() -> bytes:
    """A tenth of a second of silence."""
    content = BytesIO()
    with wave.open(content, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(1)
        sound.setframerate(8000)
        sound.writeframes(b"\x80" * 800)
    return content.getvalue()


# Puts a file into an event as the browser does for a paste or a drop.
GIVE_FILE = """
(field, [type, name]) => {
    const data = new DataTransfer();
    data.items.add(new File(['content'], name, { type: 'text/plain' }));
    const detail = type === 'paste' ? { clipboardData: data } : { dataTransfer: data };
    const kind = type === 'paste' ? ClipboardEvent : DragEvent;
    field.dispatchEvent(new kind(type, { bubbles: true, cancelable: true, ...detail }));
}
"""


def test_files_are_chosen_pasted_and_dropped(visit: Visits, shared: PageServer) -> None:
    with shared.meet("filed", "fayola", "finnja") as [fayola, finnja]:
        page = visit(shared, fayola.token, "rooms/filed")
        other = visit(shared, finnja.token, "rooms/filed")
        chosen = page.view.get_by_role("list", name="Files to send").get_by_role("listitem")
        choose = page.view.locator("input[type=file]")
        choose.set_input_files(
            [
                _file("one.png", "image/png", PICTURE),
                _file("two.png", "image/png", PICTURE),
                _file("notes.txt", "text/plain", b"notes"),
            ]
        )
        expect(chosen).to_have_count(3)
        expect(chosen.first.get_by_role("img")).to_have_count(0)  # its preview says nothing more
        page.composer.evaluate(GIVE_FILE, ["paste", "pasted.txt"])
        expect(chosen).to_have_count(4)
        page.texts.or_(page.composer).first.evaluate(GIVE_FILE, ["dragover", "dropped.txt"])
        expect(page.view.get_by_text("Drop files to add them")).to_be_visible()
        page.view.locator(".messages").evaluate(GIVE_FILE, ["drop", "dropped.txt"])
        expect(chosen).to_have_count(5)
        expect(page.view.get_by_text("Drop files to add them")).to_have_count(0)
        page.button("Remove pasted.txt").click()
        page.button("Remove dropped.txt").click()
        expect(chosen).to_have_count(3)

        # They wait for me while I am elsewhere on the page.
        page.go_to("mentions")
        page.open("filed")
        expect(chosen).to_have_count(3)
        page.composer.fill("see")
        page.composer.press("Enter")
        expect(chosen).to_have_count(0)

        # The other person sees thumbnails, which take their room before they are loaded.
        pictures = other.messages.get_by_role("button", name="Picture:")
        expect(pictures).to_have_count(2)
        linked = re.compile("/files/")
        expect(pictures.locator("img").first).to_have_attribute("src", linked)
        sizes = pictures.locator("img").first.evaluate(
            "img => img.decode().then(() => [img.naturalWidth, img.width, img.height])"
        )
        assert sizes[0] > 0
        assert sizes[1] > 1
        assert sizes[2] == 160
        expect(other.messages.locator(".file")).to_contain_text("notes.txt")
        with other.tab.expect_download() as download:
            other.button("Download notes.txt").click()
        assert download.value.path().read_bytes() == b"notes"

        # Over the whole page: arrow keys, zoom, Escape.
        pictures.last.click()
        box = other.tab.get_by_role("dialog", name="Picture: two.png")
        expect(box.get_by_role("img", name="Picture: two.png")).to_be_visible()
        expect(box).to_contain_text("2 of 2")
        other.tab.keyboard.press("ArrowLeft")
        box = other.tab.get_by_role("dialog", name="Picture: one.png")
        expect(box.get_by_role("img", name="Picture: one.png")).to_be_visible()
        other.tab.keyboard.press("+")
        expect(box.get_by_role("button", name="Zoom out")).to_be_visible()
        other.tab.keyboard.press("-")
        expect(box.get_by_role("button", name="Zoom in")).to_be_visible()
        other.tab.keyboard.press("Escape")
        expect(box).to_have_count(0)
        expect(pictures.last).to_be_focused()


def test_what_a_message_cannot_take_is_told_before(visit: Visits, shared: PageServer) -> None:
    with shared.meet("overfull", "gusto") as [gusto]:
        page = visit(shared, gusto.token, "rooms/overfull")
        chosen = page.view.get_by_role("list", name="Files to send").get_by_role("listitem")
        choose = page.view.locator("input[type=file]")
        choose.set_input_files([_file("empty.txt", "text/plain", b"")])
        expect(page.toast).to_contain_text("empty.txt is empty")
        many = [_file(f"{number}.txt", "text/plain", b"x") for number in range(11)]
        choose.set_input_files(many)
        expect(chosen).to_have_count(10)
        expect(page.toast.last).to_contain_text("at most 10 files")
        large = page.tab.evaluate_handle("new File([new Uint8Array(26 << 20)], 'large.bin')")
        page.composer.evaluate(
            """(field, file) => {
                const clipboardData = new DataTransfer();
                clipboardData.items.add(file);
                field.dispatchEvent(new ClipboardEvent('paste', { bubbles: true, clipboardData }));
            }""",
            large,
        )
        expect(page.toast.last).to_contain_text("large.bin is too large")
        expect(chosen).to_have_count(10)


def test_an_upload_is_given_up(visit: Visits, shared: PageServer) -> None:
    with shared.meet("given-up", "gina") as [gina]:
        page = visit(shared, gina.token, "rooms/given-up")
        page.tab.route("**/api/uploads/*", lambda route: None)  # never answered
        files = [_file(name, "text/plain", b"slow") for name in ("slow.txt", "slower.txt")]
        page.view.locator("input[type=file]").set_input_files(files)
        expect(page.button("Send")).to_be_enabled()  # the files are in the draft
        page.composer.fill("slowly")
        page.composer.press("Enter")
        bars = page.pending.get_by_role("progressbar")
        expect(bars).to_have_count(2)
        # One of the files, then the whole message.
        page.pending.get_by_role("button", name="Remove slow.txt").click()
        expect(bars).to_have_count(1)
        expect(page.pending.get_by_role("progressbar", name="Sending slower.txt")).to_be_visible()
        page.pending.get_by_role("button", name="Discard").click()
        expect(page.pending).to_have_count(0)
        page.say("quickly")
        page.shows("quickly")
        # Without its file, a message is sent as it is.
        page.view.locator("input[type=file]").set_input_files(files[:1])
        expect(page.button("Send")).to_be_enabled()
        page.composer.fill("without")
        page.composer.press("Enter")
        page.pending.get_by_role("button", name="Remove slow.txt").click()
        page.shows("quickly", "without")


def test_sound_plays_and_a_link_that_has_ended_is_renewed(
    visit: Visits, shared: PageServer
) -> None:
    with shared.meet("played", "idris") as [idris]:
        page = visit(shared, idris.token, "rooms/played")
        ended: list[str] = []

        def end_first(route: Route, request: Request) -> None:
            if ended:
                route.continue_()
            else:
                ended.append(request.url)
                route.fulfill(status=404)

        page.view.locator("input[type=file]").set_input_files(
            [_file("sound.wav", "audio/wav", _sound())]
        )
        expect(page.button("Send")).to_be_enabled()  # the file is in the draft
        page.composer.press("Enter")
        player = page.messages.locator("audio")
        expect(player).to_be_visible()
        expect(player).to_have_js_property("duration", 0.1)

        # One picture that fails is asked for again by a press.
        page.tab.route("**/files/**", end_first)
        page.view.locator("input[type=file]").set_input_files(
            [_file("one.png", "image/png", PICTURE)]
        )
        expect(page.button("Send")).to_be_enabled()  # the file is in the draft
        page.composer.press("Enter")
        page.messages.get_by_role("button", name="Try again").click()
        picture = page.messages.get_by_role("button", name="Picture: one.png").locator("img")
        expect(picture).to_have_js_property("complete", value=True)
        assert picture.evaluate("img => img.naturalWidth") > 0
