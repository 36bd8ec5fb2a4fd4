"""What may be typed: lines to say, and commands. Pure; knows nothing of who carries them out."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, TypeAlias

import attrs


@attrs.frozen
class Say:
    text: str


@attrs.frozen
class Edit:
    """My last message; or, after the Up key, the one that was brought back."""

    text: str


@attrs.frozen
class Delete:
    """My last message."""


@attrs.frozen
class Join:
    room: str


@attrs.frozen
class Direct:
    name: str
    text: str | None = None


@attrs.frozen
class Invite:
    name: str


@attrs.frozen
class Block:
    name: str


@attrs.frozen
class Unblock:
    name: str


@attrs.frozen
class ShowBlocked:
    pass


@attrs.frozen
class Leave:
    pass


@attrs.frozen
class JumpToUnread:
    pass


@attrs.frozen
class ShowMembers:
    pass


@attrs.frozen
class ShowRooms:
    pass


@attrs.frozen
class ShowHelp:
    pass


@attrs.frozen
class Quit:
    pass


@attrs.frozen
class Wrong:
    """Nothing that can be done; the line is for whoever typed it."""

    why: str


Command: TypeAlias = (
    Say
    | Edit
    | Delete
    | Join
    | Direct
    | Invite
    | Block
    | Unblock
    | ShowBlocked
    | Leave
    | JumpToUnread
    | ShowMembers
    | ShowRooms
    | ShowHelp
    | Quit
    | Wrong
)


@attrs.frozen
class _Kind:
    usage: str
    help: str
    make: Callable[[str], Command]


def _one_name(make: Callable[[str], Command]) -> Callable[[str], Command]:
    def parse_one(rest: str) -> Command:
        if len(rest.split()) != 1:
            return Wrong("give one name")
        return make(rest.strip().lstrip("#@").lower())

    return parse_one


def _alone(command: Command) -> Callable[[str], Command]:
    return lambda rest: Wrong("nothing may follow it") if rest.strip() else command


def _join(rest: str) -> Command:
    room = rest.strip()
    if len(room.split()) != 1:
        return Wrong("give one name")
    if room.startswith("@"):
        return Direct(room[1:].lower())
    return Join(room.removeprefix("#").lower())


def _direct(rest: str) -> Command:
    name, _, text = rest.strip().partition(" ")
    if not name.strip("@"):
        return Wrong("give a name, and what to say")
    return Direct(name.removeprefix("@").lower(), text.strip() or None)


def _edit(rest: str) -> Command:
    return Edit(rest.strip()) if rest.strip() else Wrong("give the new text")


COMMANDS: Final[Mapping[str, _Kind]] = MappingProxyType(
    {
        "/join": _Kind("/join ROOM", "open a room; make it if there is none", _join),
        "/dm": _Kind("/dm NAME [TEXT]", "talk to one person", _direct),
        "/unread": _Kind("/unread", "go to the first unread message", _alone(JumpToUnread())),
        "/edit": _Kind("/edit TEXT", "change my last message (or: Up)", _edit),
        "/delete": _Kind("/delete", "delete my last message", _alone(Delete())),
        "/members": _Kind("/members", "who is a member here", _alone(ShowMembers())),
        "/invite": _Kind("/invite NAME", "make someone a member here", _one_name(Invite)),
        "/block": _Kind("/block NAME", "refuse messages and invitations", _one_name(Block)),
        "/unblock": _Kind("/unblock NAME", "take that back", _one_name(Unblock)),
        "/blocked": _Kind("/blocked", "whom I block", _alone(ShowBlocked())),
        "/leave": _Kind("/leave", "be a member here no longer", _alone(Leave())),
        "/rooms": _Kind("/rooms", "list the rooms that can be joined", _alone(ShowRooms())),
        "/help": _Kind("/help", "show this", _alone(ShowHelp())),
        "/quit": _Kind("/quit", "end (or: Ctrl-C)", _alone(Quit())),
    }
)

KEYS: Final = (
    ("PageUp PageDown End", "older, newer, newest messages"),
    ("Alt-Up Alt-Down", "the room above, below (or: Ctrl-P, Ctrl-N)"),
    ("Tab", "complete a name or a command"),
    ("Alt-Enter", "a new line in a message"),
    ("//TEXT", "say what begins with a /"),
)


def parse(typed: str) -> Command | None:
    """None: nothing was typed."""
    text = typed.strip()
    if not text:
        return None
    if text.startswith("//"):
        return Say(text[1:])
    if not text.startswith("/"):
        return Say(text)
    word = text.split(None, 1)[0]
    kind = COMMANDS.get(word.lower())
    if kind is None:
        return Wrong(f"{word}: no such command; /help lists them")
    command = kind.make(text[len(word) :])
    return Wrong(f"{kind.usage}: {command.why}") if isinstance(command, Wrong) else command


def help_lines() -> list[str]:
    said = [(kind.usage, kind.help) for kind in COMMANDS.values()]
    return [f"{what:<20} {why}" for what, why in (*said, *KEYS)]
