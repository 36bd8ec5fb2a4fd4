"""Notifications: what the service worker shows, Web Push from the switch to the press, and those of
an open page that nobody looks at.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue
from typing import Any, Final

import orjson
import pytest
from anyio.from_thread import BlockingPortal
from playwright.sync_api import Playwright, expect

from ..push.devices import Device
from .conftest import launched, serving
from .pages import Pages
from .server import PageServer
from .visits import Visits
from .worker import WITH_WORKER, Worker


@pytest.fixture(scope="module")
def pages(playwright: Playwright) -> Iterator[Pages]:
    """Those of the whole browser: Chromium alone shows no notifications."""
    with launched(playwright, "chromium") as browser:
        yield Pages(browser)


MESSAGE: Final[dict[str, Any]] = {
    "type": "message",
    "id": "porch:1:ansel",
    "room": "porch",
    "seq": 1,
    "kind": "room",
    "timestamp": 1_700_000_000_000,
    "unread": 1,
    "mention": False,
    "title": "porch",
    "sender": "abram",
    "senderName": "Abe",
    "text": "hello",
    "truncated": False,
    "files": 0,
}


def test_a_conversation_has_one_notification_until_it_is_read(
    visit: Visits, shared: PageServer
) -> None:
    with shared.meet("porch", "ansel", "abram") as [ansel, abram]:
        page = visit(shared, ansel.token, **WITH_WORKER)
        worker = Worker(page.tab)
        abram.say("porch", "hello", "again")
        expect(page.badge("porch")).to_have_text("2")
        worker.push(**MESSAGE)
        worker.shows(("porch", "Abe: hello", "porch"))
        more = {
            **MESSAGE,
            "id": "porch:2:ansel",
            "seq": 2,
            "text": "again",
            "files": 1,
            "unread": 2,
        }
        for payload in (MESSAGE, more, more):
            worker.push(**payload)
        direct = {
            "id": "d",
            "room": "@abram:ansel",
            "kind": "direct",
            "title": "Abe",
            "text": "psst",
        }
        worker.push(**{**MESSAGE, **direct})
        thread = {"id": "t", "thread": 1, "seq": 3, "truncated": True}
        worker.push(**{**MESSAGE, **thread})
        without_text = {"type": "message", "id": "n", "room": "x", "seq": 1, "kind": "room"}
        worker.push(**without_text, text="You have a new message", truncated=False, unread=1)
        worker.push(type="unknown")
        both, psst = (
            ("porch", "Abe: hello\nAbe: 📎 1 again", "porch"),
            ("Abe", "psst", "@abram:ansel"),
        )
        in_thread = ("porch", "Abe: hello…", "porch 1")
        plain = ("chatroom", "You have a new message", "x")
        worker.shows(both, psst, in_thread, plain)

        worker.press("x")
        page.tab.wait_for_url("**/#/rooms/x/1")
        worker.press("porch")
        page.tab.wait_for_url("**/#/rooms/porch/2")
        page.shows("hello", "again")
        worker.shows(psst, in_thread)


@contextmanager
def push_service() -> Iterator[tuple[str, "Queue[bytes]"]]:
    """Yield the address of a device at a push service of this process, and what comes for it."""
    got = Queue[bytes]()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.put(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(201)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as service:
        thread = threading.Thread(target=service.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{service.server_port}/ansel", got
        finally:
            service.shutdown()
            thread.join()


# A browser for tests has no push service: its subscription is that of a device of this process.
SUBSCRIBING = """
    const [{ endpoint, ...keys }, manager] = [%s, PushManager.prototype];
    let current = null;
    manager.getSubscription = async () => current;
    manager.subscribe = async (options) => (current = {
        endpoint,
        options: { applicationServerKey: options.applicationServerKey.buffer },
        toJSON: () => ({ endpoint, keys }),
        unsubscribe: async () => (current = null),
    });
"""


def test_web_push_from_the_switch_to_the_message(
    visit: Visits, tmp_path: Path, portal: BlockingPortal
) -> None:
    private = ("--push-allow-private", "on", "--push-grace", "0.1")
    with push_service() as (url, got), serving(tmp_path, portal, *private) as server:
        device = Device(url)
        script = SUBSCRIBING % orjson.dumps(device.params).decode()
        with server.meet("general", "ansel", "abram") as [ansel, abram]:
            path = "settings/notifications"
            page = visit(server, ansel.token, path, init_script=script, **WITH_WORKER)
            worker = Worker(page.tab)

            def deliver() -> Any:
                payload = orjson.loads(device.decrypt(got.get(timeout=10)))
                worker.push(**payload)
                return payload

            switch = page.tab.get_by_role("switch", name="Notifications on this device")
            switch.click()
            expect(switch).to_be_checked()
            page.button("Send a test").click()
            assert deliver()["type"] == "test"
            expect(page.toast).to_contain_text("A test notification is on its way.")
            abram.say("general", "look @ansel")
            assert deliver()["mention"] is True
            worker.press("general")
            page.shows("look @ansel")

            page.go_to(path)
            expect(switch).to_be_checked()
            switch.click()
            expect(switch).not_to_be_checked()
            expect(page.button("Send a test")).to_have_count(0)
            assert ansel.call("listPushEndpoints") == {"endpoints": []}


def test_without_a_push_service(visit: Visits, shared: PageServer) -> None:
    failing = "PushManager.prototype.subscribe = () => Promise.reject(new Error('none'))"
    with shared.meet("hut", "asa") as [asa]:
        path = "settings/notifications"
        page = visit(shared, asa.token, path, init_script=failing, **WITH_WORKER)
        Worker(page.tab)
        switch = page.tab.get_by_role("switch", name="Notifications on this device")
        switch.click()
        expect(page.toast).to_contain_text("The browser's push service cannot be reached.")
        expect(switch).not_to_be_checked()
        expect(switch).to_be_enabled()


HIDDEN = """
    Object.defineProperty(document, 'hasFocus', { value: () => false });
"""


def test_an_open_page_that_nobody_looks_at_notifies(visit: Visits, shared: PageServer) -> None:
    with shared.meet("glade", "ari", "amy") as [ari, amy]:
        for room, level in (("shed", "mentions"), ("pond", "none")):
            for client in (ari, amy):
                client.call("joinRoom", room=room)
            ari.call("setNotifications", room=room, level=level)
        page = visit(shared, ari.token, "rooms/glade", init_script=HIDDEN, **WITH_WORKER)
        worker = Worker(page.tab)
        expect(page.composer).to_be_visible()
        expect(
            page.link("shed")
        ).to_be_visible()  # what came before the inbox was loaded is not news
        amy.say("glade", "in the open room")
        amy.say("shed", "not told", "but @ari this")
        amy.say("pond", "@ari never")
        amy.call("sendMessage", to="ari", text="just you")
        worker.shows(
            ("glade", "amy: in the open room", "glade"),
            ("shed", "amy: but @ari this", "shed"),
            ("amy", "just you", "@amy:ari"),
        )


LOOKED_AT = """
    const looks = () => sessionStorage.getItem('looks') === 'yes';
    Object.defineProperty(document, 'hasFocus', { value: looks });
"""
LOOK = """(looks) => {
    sessionStorage.setItem('looks', looks);
    dispatchEvent(new Event('focus'));
}"""
# A page asks which tabs are looked at before it notifies. It has the answer when the test wants it.
ASKS = """
    window.asked = 0;
    const answering = new Promise((answer) => (window.answer = answer));
    const prototype = globalThis.LockManager?.prototype; // not of an empty page
    const query = prototype?.query;
    if (query) {
        prototype.query = async function () {
            asked += 1;
            const answer = await query.call(this);
            await answering;
            return answer;
        };
    }
"""


def test_a_tab_does_not_notify_while_another_one_is_looked_at(
    visit: Visits, shared: PageServer
) -> None:
    with shared.meet("copse", "ava", "ada2") as [ava, ada]:
        for client in (ava, ada):
            client.call("joinRoom", room="spinney")
        page = visit(shared, ava.token, "rooms/copse", init_script=LOOKED_AT, **WITH_WORKER)
        worker = Worker(page.tab)
        expect(page.link("spinney")).to_be_visible()
        other = page.open_tab()
        other.tab.evaluate(LOOK, "yes")
        other.open("copse")
        ada.say("copse", "while it is looked at")
        for tab in (page, other):
            tab.shows("while it is looked at")
        other.tab.evaluate(LOOK, "no")
        ada.say("spinney", "while nobody looks")
        worker.shows(("spinney", "ada2: while nobody looks", "spinney"))


def test_what_is_read_while_a_page_decides_to_notify_is_not_shown_for_long(
    visit: Visits, shared: PageServer
) -> None:
    with shared.meet("dell", "anna", "ada4") as [anna, ada]:
        for client in (anna, ada):
            client.call("joinRoom", room="dingle")
        script = HIDDEN + ASKS
        page = visit(shared, anna.token, "rooms/dell", init_script=script, **WITH_WORKER)
        worker = Worker(page.tab)
        expect(page.link("dingle")).to_be_visible()
        ada.say("dingle", "read elsewhere")
        page.tab.wait_for_function("() => asked", polling=20)
        anna.call("markRead", room="dingle", seq=1)
        expect(page.badge("dingle")).to_have_count(0)
        page.tab.evaluate("answer()")
        ada.say("dell", "not read")
        worker.shows(("dell", "ada4: not read", "dell"))


# Notifications are shown only when the test wants it, and notes whether they are read meanwhile.
SLOW = """
    const { prototype } = ServiceWorkerRegistration;
    const { showNotification, getNotifications } = prototype;
    window.showing = 0;
    window.readTooEarly = false;
    const released = new Promise((release) => (window.release = release));
    prototype.showNotification = async function (...what) {
        showing += 1;
        await released;
        await showNotification.apply(this, what);
        showing -= 1;
    };
    prototype.getNotifications = function (...which) {
        if (showing) readTooEarly = true;
        return getNotifications.apply(this, which);
    };
"""


def test_notifications_are_not_read_while_one_is_being_shown(
    visit: Visits, shared: PageServer
) -> None:
    """Chromium would take it for closed."""
    with shared.meet("marsh", "asa2", "ada3") as [asa, ada]:
        asa.call("joinRoom", room="moor")
        ada.call("joinRoom", room="moor")
        ada.say("moor", "before")
        script = HIDDEN + SLOW
        page = visit(shared, asa.token, "rooms/marsh", init_script=script, **WITH_WORKER)
        worker = Worker(page.tab)
        expect(page.badge("moor")).to_have_text("1")
        ada.say("marsh", "@asa2 hello")
        page.tab.wait_for_function("() => showing")
        asa.call("markRead", room="moor", seq=1)
        expect(page.badge("moor")).to_have_count(0)
        page.tab.evaluate("release()")
        worker.shows(("marsh", "ada3: @asa2 hello", "marsh"))
        assert not page.tab.evaluate("readTooEarly")
