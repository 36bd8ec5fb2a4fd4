"""A walk through all of the app: its views, panels, dialogs and menus, with something in each."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import attrs
from playwright.sync_api import Page, expect

from .server import PageServer, SyncClient

PICTURE: Final = Path(__file__).parents[2] / "docs/pictures/light.png"
Words = Callable[[str], str]
"""Converts a text of the English catalogue to the language of the page."""
Opener = Callable[[Page, Words], object]
LONG_WORD: Final = (
    "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
)
TEXTS: Final = (
    "A first message with `code`, **strong words** and a [link](https://example.org/)",
    f"```python\nprint({' + '.join(['a long line of code'] * 8)!r})\n```",
    "> a quotation\n\n- one\n- two\n\n||a spoiler||",
    LONG_WORD,
    "@anna and @room, look at this",
    "deleted later",
    "שלום, עולם",
)


@attrs.frozen
class Stop:
    name: str
    path: str
    open: Opener | None = None
    """What opens a dialog or a menu there."""


def press(*names: str, role: str = "button") -> Opener:
    """Return a function that presses the buttons of these names, one after the other."""

    def open_it(page: Page, words: Words) -> None:
        for number, name in enumerate(names):
            kind: Any = role if number == len(names) - 1 else "button"
            page.get_by_role(kind, name=words(name), exact=True).first.click()

    return open_it


def act(text: str, *actions: str) -> Opener:
    """Return a function that opens the menu of a message, and chooses an action of it."""

    def open_it(page: Page, words: Words) -> None:
        row = page.get_by_role("main").locator(".message").filter(has_text=text).first
        row.focus()
        row.press("Enter")
        for action in actions:
            page.get_by_role("menuitem", name=words(action)).click()

    return open_it


def invite(page: Page, words: Words) -> None:
    page.locator(".server-menu").click()
    page.get_by_role("menuitem", name=words("Invite people")).click()
    expect(page.get_by_role("dialog")).to_be_visible()


def english(text: str) -> str:
    return text


def made_up(text: str) -> str:
    """Return a text, or the one before its first variable, as the made-up language has it."""
    doubled = re.sub("([aeiouAEIOU])", r"\1\1", text)
    return f"⟦{doubled}⟧"


ROOM: Final = "rooms/gallery"
STOPS: Final = (
    Stop("home", ""),
    Stop("room", ROOM),
    Stop("direct", "rooms/@anna:berta"),
    Stop("not a member", "rooms/elsewhere"),
    Stop("members", f"{ROOM}/members"),
    Stop("banned", f"{ROOM}/members", press("Banned")),
    Stop("person", f"{ROOM}/person/berta"),
    Stop("pins", f"{ROOM}/pins"),
    Stop("search in the room", f"{ROOM}/search"),
    Stop("room settings", f"{ROOM}/info"),
    Stop("thread", f"{ROOM}/t1"),
    Stop("threads", "threads"),
    Stop("mentions", "mentions"),
    Stop("search", "search/message"),
    Stop("filters of the search", "search/message", press("Filters")),
    Stop("you", "you"),
    Stop("directory", "directory"),
    *(
        Stop(f"settings: {tab}", f"settings/{tab}")
        for tab in ("profile", "notifications", "appearance", "devices", "blocked")
    ),
    *(
        Stop(f"admin: {tab}", f"admin/{tab}")
        for tab in ("people", "rooms", "invitations", "audit", "server")
    ),
    Stop("message menu", ROOM, act("A first message")),
    Stop("who reacted", ROOM, act("A first message", "Who reacted")),
    Stop("mute", ROOM, act("A first message", "Mute")),
    Stop("ban", ROOM, act("A first message", "Ban")),
    Stop("delete many", ROOM, act("A first message", "Delete messages of")),
    Stop("editor", ROOM, act("my own", "Edit")),
    Stop("picture", ROOM, lambda page, _: page.locator("button.picture").click()),
    Stop("emoji", ROOM, press("Insert an emoji")),
    Stop(
        "completion",
        ROOM,
        lambda page, _: page.get_by_role("textbox").last.press_sequentially("@be"),
    ),
    Stop("switcher", ROOM, lambda page, _: page.keyboard.press("Control+k")),
    Stop("add people", f"{ROOM}/members", press("Add people")),
    Stop("jump to a date", ROOM, press("More about this room", "Jump to a date", role="menuitem")),
    Stop("delete room", f"{ROOM}/info", press("Delete room")),
    Stop("new room", "directory", press("New room")),
    Stop("log out everywhere", "settings/devices", press("Log out everywhere")),
    Stop("delete account", "settings/devices", press("Delete my account")),
)
AT_HOME: Final = (
    Stop("server menu", "", lambda page, _: page.locator(".server-menu").click()),
    Stop("new message", "", press("New room or message", "New message", role="menuitem")),
    Stop("invite", "", invite),
)


def furnish(server: PageServer) -> str:
    """Fill a server, and return the token of anna, who is its admin."""
    anna, berta = server.sign_up("anna"), server.add_user("berta", "Berta Beispiel")
    server.make_admin("anna")
    for name in ("carl", "dora", "emil"):
        server.add_user(name, f"{name.title()} {LONG_WORD[:40]}")
    picture = server.upload(anna, PICTURE.read_bytes(), PICTURE.name)
    with server.session(anna) as me, server.session(berta) as other:
        _furnish(me, other)
        me.call("sendMessage", room="gallery", text="", attachments=[picture])
    return anna


def _furnish(me: SyncClient, other: SyncClient) -> None:
    me.call("createRoom", room="gallery", visibility="public", title="Gallery", topic=LONG_WORD)
    me.call("createRoom", room="private", visibility="private", title=LONG_WORD)
    other.call("createRoom", room="elsewhere", visibility="public")
    for name in ("berta", "carl", "dora"):
        me.call("invite", room="gallery", user=name)
    other.say("gallery", *TEXTS)
    me.say("gallery", "my own message")
    other.call("deleteMessage", room="gallery", seq=6)
    other.call("editMessage", room="gallery", seq=3, text=f"{TEXTS[2]}\n\nedited")
    for emoji in ("👍", "🎉"):
        me.call("addReaction", room="gallery", seq=1, emoji=emoji)
    me.call("pinMessage", room="gallery", seq=1)
    for client in (me, other):
        client.call("sendMessage", room="gallery", text="a reply in the thread", thread=1)
    other.call("sendMessage", room="gallery", text="an answer", replyTo=1)
    other.call("sendMessage", to="anna", text="a direct message")
    me.call("ban", room="gallery", user="dora", reason="for the list")
    me.call("setNotifications", room="private", level="none")
    me.call("blockUser", user="emil")
    me.call("createInvitation", room="gallery", maxUses=3)
    me.call("setProfile", displayName="Anna", status={"text": "Away", "emoji": "🌴"})


def walk(page: Page, stops: tuple[Stop, ...], words: Words = english) -> Iterator[str]:
    """Go from stop to stop. Yields the name of each when all of it is shown."""
    for stop in stops:
        page.goto("/#/threads" if stop.path != "threads" else "/#/mentions")
        page.goto(f"/#/{stop.path}")
        settle(page)
        if stop.open:
            stop.open(page, words)
            settle(page)
        yield stop.name
        for _ in range(2):  # closes what is open
            page.keyboard.press("Escape")
        open_ones = page.get_by_role("dialog").or_(page.get_by_role("menu"))
        expect(open_ones, f"{stop.name} closes").to_have_count(0)


def settle(page: Page) -> None:
    """Wait until nothing loads any more."""
    expect(page.locator(":is(main, nav, aside):visible").first).to_be_visible()
    expect(page.get_by_role("progressbar")).to_have_count(0)
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
