"""Parse the commands about oneself and other people. Pure."""

import shlex
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from ...names.emojis import emoji_named, emoji_of
from .commands import (
    Block,
    Command,
    Invalid,
    SetAvatar,
    SetName,
    SetStatus,
    ShowBlocked,
    ShowWho,
    TryPush,
    Unblock,
)
from .kinds import Kind, alone, one_name, seconds_of


def _name(rest: str) -> Command:
    name = " ".join(rest.split())
    return SetName(name) if name else Invalid("a name is required")


def _status(rest: str) -> Command:
    word, _, more = rest.strip().partition(" ")
    named = word.startswith(":") and word.endswith(":") and emoji_named(word.strip(":"))
    emoji = emoji_of(word) or named or None
    text = (more if emoji else rest).strip()
    word, _, more = text.partition(" ")
    for_s = seconds_of(word)
    text = " ".join((more if for_s else text).split())
    if for_s and not text and not emoji:
        return Invalid("a text or an emoji is required")
    return SetStatus(text, emoji, for_s)


def _avatar(rest: str) -> Command:
    try:
        words = shlex.split(rest)
    except ValueError:
        return Invalid("a quotation mark is not closed")
    if len(words) > 1:
        return Invalid("one path is required; quote one with spaces")
    return SetAvatar(words[0] if words else None)


def _who(rest: str) -> Command:
    words = rest.split()
    if len(words) > 1:
        return Invalid("at most one name")
    return ShowWho(words[0].lstrip("@").lower() if words else None)


PEOPLE_COMMANDS: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        "/name": Kind("/name NAME", "set the name that others see", _name),
        "/status": Kind("/status [EMOJI] [1h] TEXT", "set my status; alone: remove it", _status),
        "/avatar": Kind("/avatar [PATH]", "set my avatar; alone: remove it", _avatar),
        "/who": Kind("/who [NAME]", "list who is online", _who),
        "/block": Kind("/block NAME", "refuse a user's messages and invitations", one_name(Block)),
        "/unblock": Kind("/unblock NAME", "unblock a user", one_name(Unblock)),
        "/blocked": Kind("/blocked", "list the users I block", alone(ShowBlocked())),
        "/test-push": Kind(
            "/test-push", "send a test notification to my devices", alone(TryPush())
        ),
    }
)
