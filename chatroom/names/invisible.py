"""Invisible characters, and characters that change the direction of text.

Bidirectional controls and default-ignorable characters (Unicode 17, UAX 44) can make two names
look the same. Some scripts and emoji need a few of them, which are allowed only in those contexts.
"""

import re
import unicodedata
from typing import Final

import idna

_INVISIBLE: Final = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_ZWNJ: Final = "\u200c"
_ZWJ: Final = "\u200d"
_EMOJI_STYLE: Final = "\ufe0f"
_KEYCAP: Final = "\u20e3"
_VIRAMA: Final = 9
# England, Scotland and Wales: a black flag, tag characters for the region, an end tag.
_FLAG: Final = re.compile("\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{2,6}\U000e007f")
# Not symbols by category, but with an emoji presentation.
_PUNCTUATION_EMOJI: Final = frozenset("\u203c\u2049\u3030\u2139\u303d")


def visible(text: str) -> str:
    """Return the text without invisible characters."""
    return _INVISIBLE.sub("", text)


def has_invisible(text: str) -> bool:
    """Whether the text has an invisible character that its neighbours do not need."""
    if text.isascii():
        return False
    text = _FLAG.sub("\U0001f3f4", text)
    return any(not _is_needed(text, match.start()) for match in _INVISIBLE.finditer(text))


def _is_needed(text: str, place: int) -> bool:
    before, after = text[:place], text[place + 1 :]
    if not before:
        return False
    char, last, following = text[place], before[-1], after[:1]
    if char in (_ZWNJ, _ZWJ):
        if idna.valid_contextj(text, place):  # RFC 5892, A.1 and A.2
            return True
        if following and unicodedata.combining(following) == _VIRAMA and last.isalpha():
            return True
        joins = last == _EMOJI_STYLE or _is_symbol(last)
        return char == _ZWJ and joins and bool(following) and _is_symbol(following)
    if "\ufe0e" <= char <= _EMOJI_STYLE:
        keycap = last in "0123456789#*" and following == _KEYCAP
        return keycap or _is_symbol(last) or last in _PUNCTUATION_EMOJI
    if "\ufe00" <= char <= "\ufe0d":
        return unicodedata.category(last) in ("Lo", "Sm")
    if "\U000e0100" <= char <= "\U000e01ef":
        return unicodedata.name(last, "").startswith("CJK ")
    if "\u180b" <= char <= "\u180f" and char != "\u180e":
        return unicodedata.name(last, "").startswith("MONGOLIAN ")
    return False


def _is_symbol(char: str) -> bool:
    """Emoji have a symbol category, except for skin tones. ASCII symbols are not emoji."""
    skin_tone = "\U0001f3fb" <= char <= "\U0001f3ff"
    return skin_tone or (not char.isascii() and unicodedata.category(char) in ("So", "Sm"))
