"""Emojis by the names that Slack gives them."""

import re
from functools import cache
from typing import Final

from ...names.emojis import emoji_named, emoji_of

_TONE: Final = "::skin-tone-"
_TONES: Final = {str(number): chr(0x1F3FB + number - 2) for number in range(2, 7)}
_FLAG: Final = re.compile("flag-([a-z]{2})")
_REGIONAL_A: Final = 0x1F1E6
_EMOJI_STYLE: Final = "\ufe0f"


@cache
def emoji(name: str) -> str | None:
    """Return the emoji of a name such as ``wave::skin-tone-3``; None for a custom one."""
    plain, _, tone = name.partition(_TONE)
    if flag := _FLAG.fullmatch(plain):
        return emoji_of("".join(chr(_REGIONAL_A + ord(char) - ord("a")) for char in flag.group(1)))
    found = emoji_named(plain) or emoji_named(plain.replace("-", "_"))
    if found is None or tone not in _TONES:
        return found
    # Of an emoji without skin tones, the name's tone is dropped.
    return emoji_of(found.replace(_EMOJI_STYLE, "") + _TONES[tone]) or found
