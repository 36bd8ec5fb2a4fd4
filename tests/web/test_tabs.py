"""chatroom.js in several tabs of one browser, which share the messages that are not sent yet."""

import re
from collections.abc import Iterator
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from .server import PageServer

BEGIN: Final = """async ([address, token]) => {
  const { connect } = await import(address);
  window.client = connect({ token });
  window.room = client.room('general');
  window.shown = () => room.state.messages.map(({ text }) => text);
  window.until = (view, holds) => new Promise((done) => {
    const check = () => holds(view.state) && done();
    view.subscribe(check);
    check();
  });
  room.subscribe(() => {});
}"""
SETTLED: Final = "until(client.outbox, ({ pending }) => pending.length === 0)"


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context()
    yield context
    context.close()


def open_tab(context: BrowserContext, server: PageServer, token: str) -> Page:
    start = server.http("GET", "/").body.decode()
    found = re.search(r"/assets/[0-9a-f]+/", start)
    assert found
    page = context.new_page()
    page.goto(f"{server.url}/healthz")
    page.evaluate(BEGIN, [f"{found[0]}chatroom/index.js", token])
    return page


def log(server: PageServer, token: str) -> list[Any]:
    with server.session(token) as client:
        page = client.call("getHistory", room="general", after=0, limit=200)
    return [message["text"] for message in page["messages"]]


def test_what_closed_tabs_have_not_sent_is_sent_by_the_next_one(
    server: PageServer, context: BrowserContext
) -> None:
    token = server.add_user("alice")
    with server.session(token) as alice:
        alice.call("joinRoom", room="general")
    one, two = open_tab(context, server, token), open_tab(context, server, token)
    for tab in (one, two):
        tab.evaluate("until(room, ({ status }) => status === 'live')")
    server.kill()
    one.evaluate("void room.send('from the first', { files: [new File(['abc'], 'a.txt')] })")
    two.evaluate("until(client.outbox, ({ pending }) => pending.length === 1)")
    two.evaluate("void room.send('from the second')")
    one.evaluate("until(client.outbox, ({ pending }) => pending.length === 2)")
    one.close()
    two.close()
    server.start()
    three = open_tab(context, server, token)
    three.evaluate("until(room, ({ messages }) => messages.length === 2)")
    assert three.evaluate("shown()") == ["from the first", "from the second"]
    assert three.evaluate("room.state.messages[0].attachments[0].size") == 3
    three.evaluate(SETTLED)
    assert log(server, token) == ["from the first", "from the second"]


def test_two_tabs_send_each_message_once_while_the_server_is_killed(
    server: PageServer, context: BrowserContext
) -> None:
    token = server.add_user("alice")
    with server.session(token) as alice:
        alice.call("joinRoom", room="general")
    one, two = open_tab(context, server, token), open_tab(context, server, token)
    written: dict[str, list[str]] = {"one": [], "two": []}
    for start in range(0, 60, 20):
        for name, tab in (("one", one), ("two", two)):
            texts = [f"{name} {number}" for number in range(start, start + 20)]
            written[name] += texts
            tab.evaluate("(texts) => { for (const text of texts) room.send(text); }", texts)
        one.evaluate("(count) => until(room, ({ messages }) => messages.length > count)", start)
        server.kill()
        server.start()
    for tab in (one, two):
        tab.evaluate(SETTLED)
        tab.evaluate("until(room, ({ messages }) => messages.length === 120)")
    all_texts = log(server, token)
    for name, texts in written.items():
        assert [text for text in all_texts if text.startswith(name)] == texts
    assert one.evaluate("shown()") == two.evaluate("shown()") == all_texts
