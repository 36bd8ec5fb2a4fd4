"""Emojis: what people see as one, in the form in which it is compared and stored."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Final

_EMOJI_STYLE: Final = "\ufe0f"
"""The variation selector that asks for the coloured form. Keyboards and fonts often omit it."""
MAX_CHARS: Final = 32
"""Above the length of every emoji, whether or not it has variation selectors."""


def emoji_of(text: str) -> str | None:
    """Return the fully qualified form of an emoji (Unicode Technical Standard 51); None if the text
    is not exactly one emoji that is recommended for general interchange.
    """
    if len(text) > MAX_CHARS:
        return None
    return _fully_qualified().get(text.replace(_EMOJI_STYLE, ""))


def emoji_named(name: str) -> str | None:
    """Return the emoji with a name such as ``thumbsup`` or ``+1``; None if there is none."""
    from emoji import emojize

    return emoji_of(emojize(f":{name}:", language="alias"))


@cache
def _fully_qualified() -> Mapping[str, str]:
    """The fully qualified form of each emoji, by the form without variation selectors."""
    # A lazy import: it takes 45 ms and some MiB, and only reactions need it.
    from emoji import EMOJI_DATA, STATUS

    status = STATUS["fully_qualified"]
    return MappingProxyType(
        {
            emoji.replace(_EMOJI_STYLE, ""): emoji
            for emoji, data in EMOJI_DATA.items()
            if data["status"] == status
        }
    )
