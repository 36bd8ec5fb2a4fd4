"""Parse typed lines: messages and commands. Pure."""

import shlex
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, get_args

from ...model import Role
from ...names.emojis import emoji_named, emoji_of
from .commands import (
    Ban,
    Command,
    CreateGroup,
    Delete,
    DeleteAllOf,
    DeleteRoom,
    Direct,
    Edit,
    Invalid,
    Invite,
    Join,
    JumpToUnread,
    Leave,
    Mute,
    Pin,
    Quit,
    React,
    Remove,
    Reply,
    Say,
    SayInThread,
    Search,
    SendFile,
    SetRole,
    SetRoom,
    ShowFiles,
    ShowHelp,
    ShowMembers,
    ShowMentions,
    ShowPins,
    ShowRooms,
    ShowThread,
    ShowThreads,
    Unban,
    Unmute,
)
from .kinds import Kind, alone, one_name, seconds_of
from .people_parsing import PEOPLE_COMMANDS
from .server_parsing import SERVER_COMMANDS

MAX_SEQ_DIGITS: Final = 15


def _join(rest: str) -> Command:
    room = rest.strip()
    if len(room.split()) != 1:
        return Invalid("one name is required")
    if room.startswith("@"):
        return Direct(room[1:].lower())
    return Join(room.removeprefix("#").lower())


def _direct(rest: str) -> Command:
    name, _, text = rest.strip().partition(" ")
    if not name.strip("@"):
        return Invalid("a name is required")
    return Direct(name.removeprefix("@").lower(), text.strip() or None)


def _role(rest: str) -> Command:
    name, _, word = rest.strip().partition(" ")
    for role in get_args(Role):
        if word.strip().lower() == role:
            return SetRole(name.removeprefix("@").lower(), role)
    return Invalid("the role is owner, moderator or member")


def _group(rest: str) -> Command:
    names = tuple(name.removeprefix("@").lower() for name in rest.split())
    return CreateGroup(names) if names else Invalid("names are required")


def _delete_room(rest: str) -> Command:
    if len(rest.split()) != 1:
        return Invalid("the name of this room is required, to be sure")
    return DeleteRoom(rest.strip().removeprefix("#").lower())


def _topic(rest: str) -> Command:
    return SetRoom({"topic": rest.strip()})


def _title(rest: str) -> Command:
    return SetRoom({"title": rest.strip()}) if rest.strip() else Invalid("a title is required")


def _setting(rest: str) -> Command:
    words = tuple(rest.lower().split())
    if len(words) == 2 and words[0] == "slow":
        pause = 0 if words[1] == "off" else seconds_of(words[1])
        if pause is not None:
            return SetRoom({"slow_mode_s": pause})
    return SetRoom(_SETTINGS[words]) if words in _SETTINGS else Invalid(_SETTINGS_HELP)


def _sanction(make: Callable[..., Command]) -> Callable[[str], Command]:
    def parse_sanction(rest: str) -> Command:
        name, _, more = rest.strip().partition(" ")
        if not name.strip("@"):
            return Invalid("a name is required")
        word, _, reason = more.strip().partition(" ")
        for_s = seconds_of(word)
        if for_s is None:
            reason = more
        return make(name.removeprefix("@").lower(), for_s, reason.strip() or None)

    return parse_sanction


def _delete_all(rest: str) -> Command:
    name, _, word = rest.strip().partition(" ")
    for_s = seconds_of(word.strip())
    if for_s is None:
        return Invalid("a name and a time are required, as 30m, 24h or 2d")
    return DeleteAllOf(name.removeprefix("@").lower(), for_s)


def _edit(rest: str) -> Command:
    return Edit(rest.strip()) if rest.strip() else Invalid("a new text is required")


def _react(rest: str) -> Command:
    words = rest.split()
    if len(words) not in (1, 2):
        return Invalid("an emoji is required, and perhaps a name")
    emoji = emoji_of(words[0]) or emoji_named(words[0].strip(":"))
    if emoji is None:
        return Invalid(f"{words[0]} is not an emoji")
    return React(emoji, words[1].lstrip("@").lower() if len(words) == 2 else None)


def _pin(*, pinned: bool) -> Callable[[str], Command]:
    def parse_pin(rest: str) -> Command:
        words = rest.split()
        if len(words) > 1:
            return Invalid("at most one name")
        return Pin(words[0].lstrip("@").lower() if words else None, pinned)

    return parse_pin


_SETTINGS: Final[Mapping[tuple[str, ...], Mapping[str, str | bool]]] = {
    ("public",): {"visibility": "public"},
    ("private",): {"visibility": "private"},
    ("archived",): {"archived": True},
    ("open",): {"archived": False},
    ("write", "all"): {"posting": "all"},
    ("write", "moderators"): {"posting": "moderators"},
    ("invite", "all"): {"inviting": "all"},
    ("invite", "moderators"): {"inviting": "moderators"},
}
_SETTINGS_HELP: Final = (
    "public, private, archived, open, write all, write moderators, invite all, invite moderators,"
    " slow 30s or slow off"
)


def _upload(rest: str) -> Command:
    try:
        words = shlex.split(rest)
    except ValueError:
        return Invalid("a quotation mark is not closed")
    return SendFile(words[0], " ".join(words[1:])) if words else Invalid("a path is required")


def _answer(rest: str) -> tuple[str, str | None]:
    """Return a text, and the name with an ``@`` before it, if any."""
    word, _, text = rest.strip().partition(" ")
    if word.startswith("@"):
        return text.strip(), word[1:].lower()
    return rest.strip(), None


def _reply(rest: str) -> Command:
    text, name = _answer(rest)
    return Reply(text, name) if text else Invalid("a text is required")


def _thread(rest: str) -> Command:
    word, _, text = rest.strip().partition(" ")
    number = word.lstrip("#")
    if number.isdecimal() and len(number) <= MAX_SEQ_DIGITS:
        root = int(number)
        return SayInThread(text.strip(), root) if text.strip() else ShowThread(root)
    text, name = _answer(rest)
    if not text:
        return Invalid("the number of a thread or a text is required")
    return SayInThread(text, name=name)


def _act(rest: str) -> Command:
    return Say(f"*{rest.strip()}*") if rest.strip() else Invalid("a text is required")


def _search(rest: str) -> Command:
    return Search(rest.strip()) if rest.strip() else Invalid("a word is required")


COMMANDS: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        "/join": Kind("/join ROOM", "open or create a room", _join),
        "/dm": Kind("/dm NAME [TEXT]", "open a direct room with a user", _direct),
        "/group": Kind("/group NAME NAME...", "open a private room of these users", _group),
        "/delete-room": Kind("/delete-room ROOM", "delete this room for good", _delete_room),
        "/me": Kind("/me TEXT", "say what I do, in italics", _act),
        "/unread": Kind("/unread", "go to the first unread message", alone(JumpToUnread())),
        "/search": Kind("/search WORDS", "search the messages of my rooms", _search),
        "/edit": Kind("/edit TEXT", "edit my last message (or: Up)", _edit),
        "/delete": Kind("/delete", "delete my last message", alone(Delete())),
        "/react": Kind(
            "/react EMOJI [NAME]", "react to the last message (of NAME), or take that back", _react
        ),
        "/pin": Kind("/pin [NAME]", "pin the last message (of NAME)", _pin(pinned=True)),
        "/unpin": Kind("/unpin [NAME]", "unpin the last message (of NAME)", _pin(pinned=False)),
        "/upload": Kind("/upload PATH [TEXT]", "send a file", _upload),
        "/files": Kind("/files", "show links to the files of this room", alone(ShowFiles())),
        "/reply": Kind("/reply [@NAME] TEXT", "answer the last message (of NAME)", _reply),
        "/thread": Kind(
            "/thread N | [N] TEXT",
            "show thread N; write in it, or below the last message",
            _thread,
        ),
        "/threads": Kind("/threads", "list the threads I follow", alone(ShowThreads())),
        "/pins": Kind("/pins", "list the pinned messages", alone(ShowPins())),
        "/mentions": Kind("/mentions", "list messages that mention me", alone(ShowMentions())),
        "/members": Kind("/members", "list the members of this room", alone(ShowMembers())),
        "/invite": Kind("/invite NAME", "add a user to this room", one_name(Invite)),
        "/kick": Kind("/kick NAME", "remove a user, who may join again", one_name(Remove)),
        "/role": Kind("/role NAME ROLE", "make a user owner, moderator or member", _role),
        "/topic": Kind("/topic TEXT", "say what this room is for", _topic),
        "/title": Kind("/title TEXT", "name this room", _title),
        "/set": Kind("/set WHAT", "change settings of this room; alone: list them", _setting),
        "/mute": Kind("/mute NAME [1h] [REASON]", "let a user not write", _sanction(Mute)),
        "/unmute": Kind("/unmute NAME", "let a user write again", one_name(Unmute)),
        "/ban": Kind("/ban NAME [2d] [REASON]", "remove a user for that time", _sanction(Ban)),
        "/unban": Kind("/unban NAME", "let a user join again", one_name(Unban)),
        "/purge": Kind("/purge NAME 24h", "delete what a user wrote since", _delete_all),
        **PEOPLE_COMMANDS,
        **SERVER_COMMANDS,
        "/leave": Kind("/leave", "leave this room", alone(Leave())),
        "/rooms": Kind("/rooms", "list the rooms that can be joined", alone(ShowRooms())),
        "/help": Kind("/help", "show this", alone(ShowHelp())),
        "/quit": Kind("/quit", "quit (or: Ctrl-D)", alone(Quit())),
    }
)

ALIASES: Final[Mapping[str, str]] = MappingProxyType(
    {"/msg": "/dm", "/names": "/members", "/nick": "/name", "/part": "/leave"}
)
"""Names by which other chat programs know our commands."""

KEYS: Final = (
    ("PageUp PageDown End", "older, newer, newest messages"),
    ("Alt-Up Alt-Down", "the room above, below (or: Ctrl-P, Ctrl-N)"),
    ("Tab", "complete a name or a command"),
    ("Alt-Enter", "a new line in a message"),
    ("Ctrl-C", "clear the line, which Up brings back; in an empty line: quit"),
    ("//TEXT", "send a text that starts with /"),
)


def parse(typed: str) -> Command | None:
    """Parse a line. None: it is blank."""
    text = typed.strip()
    if not text:
        return None
    if text.startswith("//"):
        return Say(text[1:])
    if not text.startswith("/"):
        return Say(text)
    word = text.split(None, 1)[0]
    name = word.lower()
    kind = COMMANDS.get(ALIASES.get(name, name))
    if kind is None:
        return Invalid(f"{word}: unknown command; see /help")
    command = kind.make(text[len(word) :])
    return Invalid(f"{kind.usage}: {command.why}") if isinstance(command, Invalid) else command


def help_lines() -> list[str]:
    others = (" ".join(ALIASES), f"the same as {' '.join(ALIASES.values())}")
    entries = [*((kind.usage, kind.help) for kind in COMMANDS.values()), others, *KEYS]
    width = max(len(usage) for usage, _ in entries)
    return [f"{usage:<{width}} {text}" for usage, text in entries]
