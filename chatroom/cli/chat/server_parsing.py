"""Parsing of :mod:`.server_commands`."""

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import Final

from .commands import Command, Invalid
from .kinds import Kind, alone, one_name, seconds_of
from .server_commands import (
    AcceptLink,
    CreateLink,
    Dismiss,
    EnterRoom,
    RevokeLink,
    SetAdmin,
    SetDisabled,
    ShowAudit,
    ShowLinks,
    ShowSanctions,
)

MAX_USES: Final = 100_000


def _link(rest: str) -> Command:
    uses: int | None = None
    for_s: int | None = None
    server = False
    for word in rest.lower().split():
        seconds = seconds_of(word)
        if seconds is not None:
            for_s = seconds
        elif word.isdecimal() and 1 <= int(word) <= MAX_USES:
            uses = int(word)
        elif word == "server":
            server = True
        else:
            return Invalid("a number of people, a time as 2d, and server are possible")
    return CreateLink(uses, for_s, server)


def _code(rest: str) -> Command:
    code = rest.strip().rpartition("invitation=")[2]
    return AcceptLink(code) if len(code.split()) == 1 else Invalid("a link or code is required")


def _revoke(rest: str) -> Command:
    return RevokeLink(rest.strip()) if len(rest.split()) == 1 else Invalid("an id is required")


def _audit(rest: str) -> Command:
    word = rest.strip().lower()
    return ShowAudit(bool(word)) if word in ("", "all") else Invalid("only all is possible")


SERVER_COMMANDS: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        "/bans": Kind("/bans", "list who is banned from this room", alone(ShowSanctions("ban"))),
        "/mutes": Kind("/mutes", "list who is muted in this room", alone(ShowSanctions("mute"))),
        "/link": Kind(
            "/link [5] [2d] [server]", "make a link to this room, for 5 people and 2 days", _link
        ),
        "/links": Kind("/links", "list the links that I may revoke", alone(ShowLinks())),
        "/revoke": Kind("/revoke ID", "end a link", _revoke),
        "/accept": Kind("/accept LINK", "come by a link", _code),
        "/audit": Kind("/audit [all]", "list what was done to others in this room", _audit),
        "/admin": Kind(
            "/admin NAME",
            "make a user an admin of the server",
            one_name(partial(SetAdmin, admin=True)),
        ),
        "/unadmin": Kind(
            "/unadmin NAME", "take that back", one_name(partial(SetAdmin, admin=False))
        ),
        "/disable": Kind(
            "/disable NAME",
            "end a user's sessions for good",
            one_name(partial(SetDisabled, disabled=True)),
        ),
        "/enable": Kind(
            "/enable NAME",
            "let a user log in again",
            one_name(partial(SetDisabled, disabled=False)),
        ),
        "/dismiss": Kind("/dismiss", "hide the announcement of the server", alone(Dismiss())),
        "/enter": Kind("/enter ROOM", "own an abandoned room, as an admin", one_name(EnterRoom)),
    }
)
