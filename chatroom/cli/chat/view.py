"""Render the state as rows of styled text for a given size. Pure."""

from itertools import islice
from typing import Final
from urllib.parse import urlsplit

from prompt_toolkit.utils import get_cwidth

from ...model import direct_pair
from ..sanitize import plain
from .layout import Row, shorten, upwards, wrap
from .state import State

SIDEBAR: Final = 20


def messages(state: State, width: int, height: int) -> list[Row]:
    """Render ``height`` rows, with the messages at the bottom."""
    rows = [row for _, row in islice(upwards(state, width), height)]
    return [*([("", "")] for _ in range(height - len(rows))), *reversed(rows)]


def sidebar(state: State, width: int, height: int) -> list[Row]:
    """Render the rooms that fit around the open one."""
    rooms = state.rooms
    here = rooms.index(state.shown) if state.shown is not None else 0
    first = max(0, min(here - height // 2, len(rooms) - height))
    rows = [_room(state, room, width) for room in rooms[first : first + height]]
    if first > 0:
        rows[0] = [("class:dim", f" \N{UPWARDS ARROW} {first + 1} more")]
    if (below := len(rooms) - first - height) > 0:
        rows[-1] = [("class:dim", f" \N{DOWNWARDS ARROW} {below + 1} more")]
    return rows


def _room(state: State, room: str, width: int) -> Row:
    entry = state.inbox.entries.get(room)
    here = room == state.shown
    mentions = "" if entry is None or not entry.mentions else f"@{entry.mentions} "
    counts = "" if entry is None or not entry.unread else f"{mentions}{entry.unread}"
    label = shorten(plain(state.label(room)), width - len(counts) - 3)
    style = "class:here" if here else "class:unread" if counts else "class:room"
    if entry is not None and entry.notifications == "none" and not here:
        style = "class:dim"
    space = " " * (width - 2 - get_cwidth(label) - len(counts))
    mark = "class:mentioned" if mentions else style
    return [(style, f"{'>' if here else ' '}{label}{space}"), (mark, counts), (style, " ")]


def banner(state: State, width: int, now: int) -> list[Row]:
    """Render why the server is read-only, and its announcement, at a time in ms."""
    known = state.server_state
    if known is None:
        return []
    rows: list[Row] = []
    if known.read_only is not None:
        rows += _banner(f" The server is read-only: {known.read_only}", width, "class:lost")
    shown = known.at(now).announcement
    if shown is not None and shown.at != state.dismissed:
        rows += _banner(f" {shown.text}  (/dismiss)", width, "class:announcement")
    return rows


def _banner(text: str, width: int, style: str) -> list[Row]:
    return [_sides(line, "", width, style) for line in wrap(plain(text), width)]


def header(state: State, width: int) -> Row:
    """Render the room's name, title and topic; on the right, the users online."""
    if state.shown is None:
        return [("class:bar", " chatroom".ljust(width))]
    facts = state.facts
    name, title = plain(state.label(state.shown)), plain(facts.title)
    known = title.casefold() in (state.shown, name.removeprefix("#").casefold())
    about = " \N{EM DASH} ".join(
        part for part in ("" if known else title, plain(facts.topic)) if part
    )
    if state.shown.startswith("@"):
        about = _partner(state, state.shown)
    names = sorted(plain(state.users.label(name)) for name in facts.online - {state.me})
    online = f"  online: {', '.join(names)} " if names else ""
    online = shorten(online, max(0, width // 2)) if online else ""
    left = f" {name}  {about}"
    return _sides(left, online, width, "class:bar")


def _partner(state: State, room: str) -> str:
    """Return the display name and the status of the other person of a direct room."""
    one, other = direct_pair(room) or ("", "")
    name = other if one == state.me else one
    profile = state.users.get(name)
    if profile is None:
        return ""
    parts = [profile.display_name] if profile.display_name != name else []
    if profile.status is not None:
        parts += [profile.status.emoji or "", profile.status.text]
    return plain(" ".join(part for part in parts if part))


def typing(state: State, width: int) -> Row:
    """Render who is typing; on the right, how to scroll back down."""
    names = sorted(plain(state.users.label(name)) for name in state.typing)
    if len(names) > 3:
        left = "several people are typing\N{HORIZONTAL ELLIPSIS}"
    elif names:
        some = f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]
        verb = "are" if len(names) > 1 else "is"
        left = f"{some} {verb} typing\N{HORIZONTAL ELLIPSIS}"
    else:
        left = ""
    if state.editing is not None:
        left = "editing your message: Enter saves it, Escape cancels"
    right = "" if state.window.bottom is None else "\N{DOWNWARDS ARROW} End: the newest "
    return _sides(f" {left}", right, width, "class:dim")


def status(state: State, width: int) -> Row:
    """Render the user, the server and the state of the connection."""
    where = urlsplit(state.server).netloc or state.server
    left = f" {plain(state.me)} at {plain(where)}"
    if state.connected:
        return _sides(f"{left}  connected", "/help ", width, "class:bar")
    waiting = len(state.unsent)
    what = f", {waiting} to send" if waiting else ""
    text = f"{left}  connection lost, reconnecting\N{HORIZONTAL ELLIPSIS}{what}"
    return _sides(text, "/help ", width, "class:lost")


def prompt(state: State) -> str:
    return "edit> " if state.editing is not None else "> "


def _sides(left: str, right: str, width: int, style: str) -> Row:
    if get_cwidth(right) >= width:
        right = ""
    room = width - get_cwidth(right)
    left = shorten(left, room)
    return [(style, left + " " * (room - get_cwidth(left)) + right)]
