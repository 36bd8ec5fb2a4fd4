"""The examples in docs/examples, in Chromium, on a page of another origin than the server's."""

import shutil
import subprocess
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Final

import pytest
from anyio.from_thread import BlockingPortal
from playwright.sync_api import Browser, Page, expect

import chatroom

from ..js.node import HERE, TOOLS
from ..server.process import PASSWORD
from .server import PageServer

ROOT: Final = Path(chatroom.__file__).parent.parent
EXAMPLES: Final = ROOT / "docs/examples"
CHATROOM_JS: Final = ROOT / "chatroom/web/chatroom"


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def product(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A directory with copies of the examples and of chatroom.js, and the address of its server."""
    directory = tmp_path / "product"
    shutil.copytree(EXAMPLES, directory / "docs/examples")
    shutil.copytree(CHATROOM_JS, directory / "chatroom/web/chatroom")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(directory)))
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield directory, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def server(
    tmp_path: Path, portal: BlockingPortal, product: tuple[Path, str]
) -> Iterator[PageServer]:
    server = PageServer(tmp_path, portal, "--allowed-origins", product[1])
    try:
        server.start()
        yield server
    finally:
        server.clean_up()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1000, "height": 700})
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    page.close()
    assert errors == []


def test_the_element(server: PageServer, product: tuple[Path, str], page: Page) -> None:
    _, origin = product
    with server.meet("general", "alice", "bob") as [alice, bob]:
        alice.call("subscribe", room="general")
        alice.say("general", *(f"message {number}" for number in range(120)))
        page.goto(f"{origin}/docs/examples/element/#{bob.token},general,{server.url}")
        log = page.get_by_role("log")
        expect(log.get_by_text("message 119", exact=True)).to_be_in_viewport()
        page.get_by_label("Write a message").fill("hello from the page")
        page.keyboard.press("Enter")
        assert alice.event("newMessage", text="hello from the page")
        alice.say("general", "welcome")
        expect(log.get_by_text("welcome")).to_be_in_viewport()
        log.get_by_text("message 71", exact=True).scroll_into_view_if_needed()
        log.evaluate("list => list.scrollTo(0, 0)")
        expect(log.get_by_text("message 40", exact=True)).to_be_attached()
        alice.say("general", "while reading above")
        expect(log.get_by_text("while reading above")).to_be_attached()
        expect(log.get_by_text("while reading above")).not_to_be_in_viewport()
        log.evaluate("list => list.scrollTo(0, list.scrollHeight)")
        server.kill()
        expect(page.get_by_role("status")).to_contain_text("No connection")
        page.get_by_label("Write a message").fill("written offline")
        page.keyboard.press("Enter")
        expect(log.get_by_text("not sent yet")).to_be_visible()
        server.start()
        expect(log.get_by_text("not sent yet")).not_to_be_attached()
        expect(log.get_by_text("written offline")).to_have_count(1)


LOG_IN_AND_SEND: Final = """
async ([module, url, password]) => {
    const { accounts, connect } = await import(module);
    const { token } = await accounts({ url }).signUp({ name: 'carol', password });
    const client = connect({ url, token });
    await client.calls.joinRoom({ room: 'files' });
    const file = new File(['hello'], 'hello.txt');
    const { seq } = await client.room('files').send('', { files: [file] });
    const { message } = await client.calls.getMessage({ room: 'files', seq });
    const { url: link } = await client.files.links('files', seq, message.attachments[0].id);
    const text = await (await fetch(link)).text();
    await accounts({ url, token }).logOut();
    return text;
}
"""


def test_log_in_and_files(server: PageServer, product: tuple[Path, str], page: Page) -> None:
    _, origin = product
    page.goto(f"{origin}/chatroom/web/chatroom/package.json")
    module = f"{origin}/chatroom/web/chatroom/index.js"
    assert page.evaluate(LOG_IN_AND_SEND, [module, server.url, PASSWORD]) == "hello"


def test_react(server: PageServer, product: tuple[Path, str], page: Page) -> None:
    directory, origin = product
    example = directory / "docs/examples/react"
    build = ["esbuild", "main.jsx", "--bundle", "--jsx=automatic", "--outdir=built"]
    packages = example / "node_modules"
    packages.mkdir()
    for name in ("react", "react-dom", "scheduler"):
        (packages / name).symlink_to(HERE / "node_modules" / name)
    (packages / "chatroom").symlink_to(directory / "chatroom/web/chatroom")
    subprocess.run(build, cwd=example, env=TOOLS, check=True)
    with server.meet("general", "alice", "bob") as [alice, bob]:
        alice.call("subscribe", room="general")
        alice.say("general", "one", "two")
        page.goto(f"{origin}/docs/examples/react/#{bob.token},{server.url}")
        log = page.get_by_role("main").get_by_role("log")
        expect(log.get_by_text("two")).to_be_visible()
        page.get_by_role("main").get_by_label("Write a message").fill("three")
        page.keyboard.press("Enter")
        assert alice.event("newMessage", text="three")
        log.get_by_role("listitem").filter(has_text="one").get_by_role("button").click()
        thread = page.get_by_role("complementary")
        thread.get_by_label("Write a message").fill("below one")
        page.keyboard.press("Enter")
        expect(thread.get_by_text("below one")).to_be_visible()
        expect(log.get_by_role("button", name="1 replies")).to_be_visible()
        alice.call("joinRoom", room="other")
        alice.call("invite", room="other", user="bob")
        alice.say("other", "elsewhere")
        page.get_by_role("navigation").get_by_role("button", name="other 1").click()
        expect(log.get_by_text("elsewhere")).to_be_visible()
        expect(page.get_by_text("All read")).to_be_visible()
