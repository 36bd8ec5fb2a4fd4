"""Words of names, by which people are found. Case, accents and punctuation are ignored. Pure."""

import re
import unicodedata
from typing import Final

_BETWEEN: Final = re.compile(r"[\W_]+")


def words_of(name: str, display_name: str) -> str:
    """Return the words of both names, each after a space: ``" bob robert smith"``."""
    return _spaced(f"{name} {display_name}")


def prefix_of(query: str) -> str:
    """Return the part of :func:`words_of` with words that begin with the query's."""
    return _spaced(query) or " "


def _spaced(text: str) -> str:
    return "".join(f" {word}" for word in _BETWEEN.split(_fold(text)) if word)


def _fold(text: str) -> str:
    parts = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(part for part in parts if not unicodedata.combining(part))
    return unicodedata.normalize("NFKC", kept.casefold())
