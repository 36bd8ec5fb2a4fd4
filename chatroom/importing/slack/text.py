"""Markdown of Slack's markup ("mrkdwn"). Pure."""

import html
import re
from collections.abc import Mapping
from typing import Final

import attrs

from .emojis import emoji

_CODE: Final = re.compile(r"(```.*?```|`[^`\n]+`)", re.DOTALL)
_TOKEN: Final = re.compile(r"<([^<>\n]+)>")
_BOLD: Final = re.compile(r"(?<![\w*])\*(?=\S)([^*\n]*[^*\s])\*(?![\w*])")
_STRIKE: Final = re.compile(r"(?<![\w~])~(?=\S)([^~\n]*[^~\s])~(?![\w~])")
_EMOJI: Final = re.compile(r"(?<!\w):([a-z0-9_+'-]+(?:::skin-tone-[2-6])?):")
_HEADING: Final = re.compile(r"^(#{1,6} )", re.MULTILINE)
_PLACE: Final = re.compile("\0([0-9]+)\0")
_ALL: Final = frozenset({"here", "channel", "everyone"})


@attrs.frozen
class Names:
    """What ids stand for: names of accounts, and of channels."""

    users: Mapping[str, str]
    channels: Mapping[str, str]


def markdown(text: str, names: Names) -> str:
    """Return the markdown of a text."""
    if not text.isascii() or any(char in text for char in "<&*_~`:#\0"):
        parts = _CODE.split(text.replace("\0", ""))
        # Of the parts, every second one is code.
        text = "".join(
            _code(part, names) if number % 2 else _prose(part, names)
            for number, part in enumerate(parts)
        )
    return text.strip()


def plain(text: str, names: Names) -> str:
    """Return a text in one line without markup, as a topic is."""
    replaced = _TOKEN.sub(lambda match: _plain_token(match.group(1), names), text)
    return " ".join(html.unescape(replaced).split())


def _prose(text: str, names: Names) -> str:
    tokens: list[str] = []

    def hide(match: re.Match[str]) -> str:
        tokens.append(_token(match.group(1), names))
        return f"\0{len(tokens) - 1}\0"

    text = _TOKEN.sub(hide, text)
    text = _BOLD.sub(r"**\1**", text)
    text = _STRIKE.sub(r"~~\1~~", text)
    text = _EMOJI.sub(lambda match: emoji(match.group(1)) or match.group(0), text)
    text = _HEADING.sub(r"\\\1", text)
    text = _unescape(text)
    return _PLACE.sub(lambda match: tokens[int(match.group(1))], text)


def _code(text: str, names: Names) -> str:
    replaced = _TOKEN.sub(lambda match: _plain_token(match.group(1), names), text)
    code = _unescape(replaced)
    if not code.startswith("```") or "\n" not in code:
        return code
    # In markdown the marks of a block have lines of their own.
    return "\n```\n" + code[3:-3].strip("\n") + "\n```\n"


def _token(token: str, names: Names) -> str:
    target, _, label = token.partition("|")
    if target[0] in "@#!":
        return _plain_token(token, names)
    target, label = _unescape(target), _unescape(label)
    if not label or label in (target, target.removeprefix("mailto:")):
        return target.removeprefix("mailto:")
    escaped = label.replace("[", r"\[").replace("]", r"\]")
    return f"[{escaped}]({target.replace('(', '%28').replace(')', '%29')})"


def _plain_token(token: str, names: Names) -> str:
    target, _, label = token.partition("|")
    key = target[1:]
    match target[0]:
        case "@":
            return f"@{names.users.get(key) or _unescape(label).lstrip('@') or key.lower()}"
        case "#":
            return f"#{names.channels.get(key) or _unescape(label) or key}"
        case "!" if key in _ALL:
            return "@room"
        case "!":
            return _unescape(label) or f"@{key}"
        case _:
            return _unescape(label or target)


def _unescape(text: str) -> str:
    # Slack escapes these three alone.
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
