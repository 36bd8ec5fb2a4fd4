"""Queries: phrases of tokens, all of which a text must have."""

from collections.abc import Sequence
from typing import Final, TypeAlias

import attrs

from .tokens import SearchToken, is_whole, tokens

MAX_RANGES: Final = 100
"""Ranges shown of one text."""

Range: TypeAlias = tuple[int, int]
"""The first code point of a part of a text, and the one after its last."""

_QUOTES: Final = str.maketrans(dict.fromkeys("“”„‟«»", '"'))


@attrs.frozen
class Phrase:
    """Tokens that follow each other. With ``prefix``, a longer token may stand for the last one."""

    words: tuple[str, ...]
    prefix: bool

    @property
    def pattern(self) -> str:
        """What a document (:mod:`.documents`) that has the phrase contains."""
        return f" {' '.join(self.words)}{'' if self.prefix else ' '}"


def parse(query: str) -> tuple[Phrase, ...]:
    """Return the phrases of a query; none if it has no word.

    A word finds words that begin with it. A phrase in quotes is found as it is.
    """
    phrases: dict[Phrase, None] = {}
    for number, part in enumerate(query.translate(_QUOTES).split('"')):
        quoted = number % 2 == 1
        for piece in [part] if quoted else part.split():
            if words := tuple([token.text for token in tokens(piece)]):
                phrases[Phrase(words, not quoted and not is_whole(words[-1]))] = None
    return tuple(phrases)


def ranges(text: str, phrases: Sequence[Phrase]) -> tuple[Range, ...] | None:
    """Return which parts of a text the phrases match, in order and without overlaps; None if one
    of them matches nothing."""
    found = tokens(text)
    words = [token.text for token in found]
    matched: list[Range] = []
    for phrase in phrases:
        parts = _parts(phrase, found, words)
        if not parts:
            return None
        matched += parts
    return _joined(matched)[:MAX_RANGES]


def _parts(phrase: Phrase, found: Sequence[SearchToken], words: Sequence[str]) -> list[Range]:
    *first, last = phrase.words
    count = len(first)
    return [
        (found[place - count].start, found[place].end)
        for place in range(count, len(words))
        if (words[place].startswith(last) if phrase.prefix else words[place] == last)
        and (not count or list(words[place - count : place]) == first)
    ]


def _joined(parts: list[Range]) -> tuple[Range, ...]:
    result: list[Range] = []
    for start, end in sorted(parts):
        if result and start < result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return tuple(result)
