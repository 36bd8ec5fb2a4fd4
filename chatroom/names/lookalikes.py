"""Lookalike names, found by skeletons as in Unicode Technical Standard 39, section 4.

Two names look alike if they share a key. Each name has two keys: the skeleton of the name as
written, in which a capital I looks like an l, and of the lower-case name, in which ALICE is alice.
"""

import unicodedata
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from ..model import RESERVED
from .invisible import visible


def looks(*names: str) -> frozenset[str]:
    """Return the keys of all names."""
    prototypes = _prototypes()
    return frozenset(
        key
        for name in names
        for written in (name, name.casefold())
        if (key := _skeleton(written, prototypes))
    )


@cache
def reserved_looks() -> frozenset[str]:
    return looks(*RESERVED)


def _skeleton(name: str, prototypes: Mapping[str, str]) -> str:
    decomposed = unicodedata.normalize("NFKD", visible(name))
    mapped = "".join(prototypes.get(char, char) for char in decomposed if not char.isspace())
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKD", mapped).casefold())


@cache
def _prototypes() -> Mapping[str, str]:
    """The table of confusable characters, read on first use."""
    lines = files(__package__).joinpath("confusables.txt").read_text("utf-8").split("\n")
    return MappingProxyType({line[0]: line[2:] for line in lines if line and line[0] != "#"})
