"""Checks of the values in the records of an export. Pure. Each returns the value in its form here.

All raise ValueError if something is wrong.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, cast, get_args

from ..model import Who, is_name
from ..names.emojis import emoji_of
from ..protocol.constraints import MAX_INT, free_text

MAX_ID_CHARS: Final = 200
MAX_SLOW_MODE_S: Final = 6 * 3600

_REQUIRED: Final = object()


def take(
    found: dict[str, Any], key: str, check: Callable[[Any], Any], default: object = _REQUIRED
) -> Any:
    """Remove a field and return its checked value. Null counts as missing."""
    value = found.pop(key, None)
    if value is None:
        if default is _REQUIRED:
            raise ValueError(f"{key}: is missing")
        return default
    return checked(key, value, check)


def checked(key: str, value: object, check: Callable[[Any], Any]) -> Any:
    try:
        return check(value)
    except ValueError as error:
        raise ValueError(f"{key}: {error}") from None


def require_empty(rest: Mapping[str, object]) -> None:
    """:raises ValueError: fields are left, which would be lost."""
    if rest:
        raise ValueError(f"{next(iter(rest))[:64]}: there is no such field")


def objects(value: object) -> list[dict[str, Any]]:
    if type(value) is not list or any(type(each) is not dict for each in value):
        raise ValueError("must be an array of objects")
    return value


def string(value: object) -> str:
    if type(value) is not str:
        raise ValueError("must be a string")
    return value


def an_id(value: object) -> str:
    if type(value) is not str or not 0 < len(value) <= MAX_ID_CHARS:
        raise ValueError(f"must be a string of 1 to {MAX_ID_CHARS} characters")
    return value


def ids(value: object) -> tuple[str, ...]:
    if type(value) is not list:
        raise ValueError("must be an array of ids")
    return tuple(dict.fromkeys(map(an_id, value)))


def display_name(value: object) -> str:
    return free_text(value, 80, 1)


def one_of(allowed: tuple[str, ...], value: object) -> str:
    if type(value) is not str or value not in allowed:
        raise ValueError(f"must be one of {', '.join(allowed)}")
    return value


def who(value: object) -> Who:
    return cast("Who", one_of(get_args(Who), value))


def seconds(value: object) -> int:
    if type(value) is not int or not 0 <= value <= MAX_SLOW_MODE_S:
        raise ValueError(f"must be an integer from 0 to {MAX_SLOW_MODE_S}")
    return value


def message_type(value: object) -> str:
    if type(value) is not str or not is_name(value):
        raise ValueError("must be a name")
    return value


def flag(value: object) -> bool:
    if type(value) is not bool:
        raise ValueError("must be true or false")
    return value


def time(value: object) -> int:
    if type(value) is not int or not 0 < value <= MAX_INT:
        raise ValueError("must be a time in ms since 1970, an integer")
    return value


def emoji(value: object) -> str:
    emoji = emoji_of(string(value))
    if emoji is None:
        raise ValueError("must be one emoji")
    return emoji


def path(value: object) -> str:
    path = string(value)
    parts = path.split("/")
    if not path or path.startswith("/") or ".." in parts or "\0" in path:
        raise ValueError("must be a path below the directory of the export")
    return path
