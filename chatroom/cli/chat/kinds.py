"""Kinds of commands: how each is typed, and what helps to parse it."""

from collections.abc import Callable
from typing import Final

import attrs

from .commands import Command, Invalid

_UNITS_S: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


@attrs.frozen
class Kind:
    usage: str
    help: str
    make: Callable[[str], Command]


def one_name(make: Callable[[str], Command]) -> Callable[[str], Command]:
    def parse_one(rest: str) -> Command:
        if len(rest.split()) != 1:
            return Invalid("one name is required")
        return make(rest.strip().lstrip("#@").lower())

    return parse_one


def alone(command: Command) -> Callable[[str], Command]:
    return lambda rest: Invalid("takes no arguments") if rest.strip() else command


def seconds_of(word: str) -> int | None:
    """Return the seconds of a time like ``30m``, ``24h`` or ``2d``; None if it is none."""
    number, unit = word[:-1], word[-1:].lower()
    if unit not in _UNITS_S or not number.isdecimal() or len(number) > 4:
        return None
    return int(number) * _UNITS_S[unit] or None
