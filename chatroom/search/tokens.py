"""Tokens: the units in which texts are indexed and searched.

A token is a word, or one character of a script that has no spaces between words (Chinese, Japanese,
Korean, Thai, Lao, Khmer, Burmese, Tibetan, Yi), or one pictograph. So a run of such characters is
found by any part of it, as a phrase. Case, accents and the width of characters are folded. Texts
that are canonically equivalent have the same tokens.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, Literal, TypeAlias

import attrs

MAX_TOKEN_CHARS: Final = 64
"""A longer word is cut to this length."""

_ASCII_WORD: Final = re.compile("[0-9A-Za-z]+")


@attrs.frozen
class SearchToken:
    """A token, folded, and the range of code points of the text that it comes from."""

    text: str
    start: int
    end: int


def tokens(text: str) -> list[SearchToken]:
    """Return the tokens of a text, in order."""
    if text.isascii():
        lower = text.lower()
        return [
            SearchToken(found[0][:MAX_TOKEN_CHARS], found.start(), found.end())
            for found in _ASCII_WORD.finditer(lower)
        ]
    result: list[SearchToken] = []
    word: list[str] = []
    start = end = 0

    def end_word() -> None:
        if word:
            # The parts of a word compose only when they are joined.
            joined = unicodedata.normalize("NFC", "".join(word))
            result.append(SearchToken(joined[:MAX_TOKEN_CHARS], start, end))
            word.clear()

    for low, high in _clusters(text):
        for char in _folded(text[low:high]):
            kind = _kind(char)
            if kind == "word" or (kind == "mark" and word):
                if not word:
                    start = low
                word.append(char)
                end = high
            elif kind == "whole":
                end_word()
                result.append(SearchToken(char, low, high))
            elif kind == "separator":
                end_word()
    end_word()
    return result


def is_whole(token: str) -> bool:
    """Return whether the token is a character that stands for itself, so that no other token begins
    with it."""
    return _kind(token[0]) == "whole"


# ---- folding


def _clusters(text: str) -> Iterator[tuple[int, int]]:
    """Yield the ranges of characters together with the marks that belong to them."""
    start = 0
    for position in range(1, len(text)):
        if not _extends(text[position]):
            yield start, position
            start = position
    if text:
        yield start, len(text)


@lru_cache(maxsize=1 << 14)
def _extends(char: str) -> bool:
    """Return whether a character may compose with the one before it."""
    return (
        unicodedata.category(char)[0] == "M"
        or "\u1160" <= char <= "\u11ff"  # vowels and final consonants of Korean syllables
        or char in "\uff9e\uff9f"  # voicing marks of half-width Japanese
    )


@lru_cache(maxsize=1 << 14)
def _folded(cluster: str) -> str:
    plain = _without_accents(unicodedata.normalize("NFKD", cluster)).casefold()
    plain = _without_accents(unicodedata.normalize("NFKD", plain)).translate(_PLAIN)
    return unicodedata.normalize("NFC", plain)


def _without_accents(decomposed: str) -> str:
    return "".join(char for char in decomposed if not _is_accent(unicodedata.combining(char)))


def _is_accent(combining: int) -> bool:
    """Return whether marks of this combining class are accents (1, 200 and more) or the optional
    vowels of Hebrew and Arabic (10 to 36). Those of other scripts tell words apart."""
    return combining == 1 or 10 <= combining <= 36 or combining >= 200


# Letters with accents that Unicode does not decompose.
_PLAIN: Final = str.maketrans(
    {
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "ł": "l",
        "ħ": "h",
        "ŧ": "t",
        "\u0131": "i",
        "æ": "ae",
        "œ": "oe",
    }
)

# ---- kinds of characters

Kind: TypeAlias = Literal["word", "whole", "mark", "ignored", "separator"]

_UNSPACED: Final = (
    (0x0E00, 0x0FFF),  # Thai, Lao, Tibetan
    (0x1000, 0x109F),  # Burmese
    (0x1100, 0x11FF),  # parts of Korean syllables
    (0x1780, 0x17FF),  # Khmer
    (0x2E80, 0x2FDF),  # radicals
    (0x3005, 0xA4CF),  # Japanese, Chinese, Yi
    (0xA960, 0xA97F),
    (0xAC00, 0xD7FF),  # Korean
    (0xF900, 0xFAFF),
    (0x1B000, 0x1B16F),
    (0x20000, 0x3FFFF),
)
_UNSPACED_STARTS: Final = [low for low, _ in _UNSPACED]


@lru_cache(maxsize=1 << 14)
def _kind(char: str) -> Kind:
    category = unicodedata.category(char)
    if category[0] in "LMN" and _is_unspaced(ord(char)):
        return "whole"
    match category:
        case "So":
            return "whole"
        case "Cf" if char != "\u200b":  # a space without width
            return "ignored"
        case _ if category[0] in "LN":
            return "word"
        case _ if category[0] == "M":
            return "mark"
        case _:
            return "separator"


def _is_unspaced(code: int) -> bool:
    number = bisect_right(_UNSPACED_STARTS, code) - 1
    return number >= 0 and code <= _UNSPACED[number][1]
