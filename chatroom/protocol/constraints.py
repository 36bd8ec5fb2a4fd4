"""What the values of the :mod:`.field_types` must be: each once, as a check and as JSON Schema.

The codec checks by it what comes in, the published document shows it (:mod:`.json_schema`). Where
JSON Schema cannot say all, its description does, and the check is the narrower; where a check
tidies a value up first, the schema asks for the tidy one.
"""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

import attrs

from .. import model
from ..names.invisible import has_invisible
from . import field_types, results

MAX_INT: Final = 2**53
"""The largest integer that every JSON reader keeps exactly (RFC 8259, section 6)."""
ID_CHARS: Final = 64
"""The longest id of a call that is a string."""

NAME: Final = model.NAME.pattern
_CONTROL: Final = r"\x00-\x1f\x7f-\x9f\u2028\u2029"
# What str.strip() takes away, beside those; \s is another set in each dialect.
_SPACE: Final = r"\x20\xa0\u1680\u2000-\u200a\u202f\u205f\u3000"
_HAS_CONTROL: Final = re.compile(f"[{_CONTROL}]")


@attrs.frozen
class Constraint:
    """``check`` returns the value, tidied up, or raises a ValueError that says what it must be."""

    check: Callable[[Any], Any]
    schema: Mapping[str, object]


def string(most: int, least: int = 0) -> Constraint:
    many = f"{least} to {most}" if least else f"at most {most}"

    def check(value: object) -> str:
        text = _str(value)
        if not least <= len(text) <= most:
            raise ValueError(f"must have {many} characters")
        return text

    return Constraint(check, _string_schema(most, least))


def integer(least: int, most: int) -> Constraint:
    def check(value: object) -> int:
        # `type() is`: True is an int to isinstance.
        if type(value) is not int or not least <= value <= most:
            raise ValueError(f"must be an integer from {least} to {most}")
        return value

    return Constraint(check, {"type": "integer", "minimum": least, "maximum": most})


def name() -> Constraint:
    what = "a name: a-z, 0-9, '.', '_' and '-', 1 to 64, no sign first"

    def check(value: object) -> str:
        text = _str(value)
        if not model.is_name(text):
            raise ValueError(f"must be {what}")
        return text

    return Constraint(
        check, {"type": "string", "pattern": f"^{NAME}$", "description": _sentence(what)}
    )


def room_name() -> Constraint:
    what = (
        "the name of a room: a-z, 0-9, '.', '_' and '-', 1 to 64, no sign first,"
        " or of a direct room: @alice:bob, the two names sorted"
    )

    def check(value: object) -> str:
        text = _str(value)
        if not model.is_name(text) and model.direct_pair(text) is None:
            raise ValueError(f"must be {what}")
        return text

    pattern = f"^({NAME}|@{NAME}:{NAME})$"
    return Constraint(check, {"type": "string", "pattern": pattern, "description": _sentence(what)})


def free_text(value: object, most: int, least: int = 0) -> str:
    """Text that people read: trimmed, ``least`` to ``most`` characters, none of them control
    characters or invisible (:func:`.has_invisible`).

    :raises ValueError: otherwise.
    """
    text = _str(value)
    if len(text) > most * 2:
        raise ValueError(f"must have at most {most} characters")
    text = text.strip()
    if not least <= len(text) <= most or _HAS_CONTROL.search(text):
        raise ValueError(f"must be {least} to {most} characters, none of them control characters")
    if has_invisible(text):
        raise ValueError("must have no invisible characters and none that change the direction")
    return text


def trimmed(most: int, least: int = 0) -> Constraint:
    """:func:`free_text`; ``least`` is 0 or 1."""
    # White space alone would be trimmed to nothing.
    some = f"[^{_CONTROL}{_SPACE}][^{_CONTROL}]*" if least else ""
    schema = _string_schema(most, least) | {
        "pattern": f"^[^{_CONTROL}]*{some}$",
        "description": (
            "Trimmed; no control characters. No bidirectional controls, and characters that are not"
            " shown only where a script or an emoji needs them."
        ),
    }
    return Constraint(lambda value: free_text(value, most, least), schema)


def _string_schema(most: int, least: int) -> dict[str, object]:
    schema: dict[str, object] = {"type": "string", "maxLength": most}
    return schema | {"minLength": least} if least else schema


def _str(value: object) -> str:
    if type(value) is not str:
        raise ValueError("must be a string")
    return value


def _sentence(what: str) -> str:
    return f"{what[0].upper()}{what[1:]}."


CONSTRAINTS: Final[Mapping[Any, Constraint]] = MappingProxyType(
    {
        field_types.RoomName: room_name(),
        field_types.OwnRoomName: name(),
        field_types.UserName: name(),
        field_types.Text: string(results.FRAME_BYTES),
        field_types.Title: trimmed(80, 1),
        field_types.Topic: trimmed(250),
        field_types.ClientId: string(64, 1),
        field_types.Secret: string(256),
        field_types.Query: string(80),
        field_types.Cursor: string(256),
        field_types.Limit: integer(1, results.MAX_PAGE),
        field_types.MessageSeq: integer(1, MAX_INT),
        field_types.Seq: integer(1, MAX_INT),
        field_types.Bound: integer(0, MAX_INT),
    }
)
