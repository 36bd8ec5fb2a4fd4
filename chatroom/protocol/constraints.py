"""Kinds of constraints, each as a check and as JSON Schema. :mod:`.field_constraints` says which
field has which.

The codec applies the checks. The published document shows the schemas (:mod:`.json_schema`). Where
JSON Schema cannot express a check, the schema's description does. Where a check normalizes a value
first, the schema requires the normalized one.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

import attrs
import orjson

from .. import model
from ..names.emojis import MAX_CHARS as MAX_EMOJI_CHARS
from ..names.emojis import emoji_of
from ..names.invisible import has_invisible

MAX_INT: Final = 2**53
"""Maximum integer that all JSON readers represent exactly (RFC 8259, section 6)."""
MAX_DATA_BYTES: Final = 8192
"""Maximum size of the data of a message, in its canonical form."""
MAX_SETTINGS_BYTES: Final = 16384
"""Maximum size of an account's settings, likewise."""
ID_CHARS: Final = 64
"""Maximum length of a call's id if it is a string."""

MAX_DIGITS: Final = 18
"""Maximum length of a number in a cursor, so that the store can compare it."""
MIN_PASSWORD_CHARS: Final = 8
MAX_PASSWORD_CHARS: Final = 128
NAME: Final = model.NAME.pattern
NAME_FORM: Final = "1 to 64 of a-z, 0-9, '.', '_' and '-', the first a letter or digit"
"""What a name of an account or a room must be, for error messages and the published document."""
UPLOAD_ID: Final = re.compile(r"[0-9a-f]{32}")
_CONTROL: Final = r"\x00-\x1f\x7f-\x9f\u2028\u2029"
# The other characters that str.strip() removes. \s differs between dialects of regular expressions.
_SPACE: Final = r"\x20\xa0\u1680\u2000-\u200a\u202f\u205f\u3000"
_NO_NUL: Final = r"^[^\x00]*$"
_HAS_CONTROL: Final = re.compile(f"[{_CONTROL}]")


@attrs.frozen
class Constraint:
    """The constraint of a type.

    :ivar check: returns the normalized value. Raises a ValueError that says what it must be.
    """

    check: Callable[[Any], Any]
    schema: Mapping[str, object]


def string(max_chars: int, min_chars: int = 0) -> Constraint:
    many = f"{min_chars} to {max_chars}" if min_chars else f"at most {max_chars}"

    def check(value: object) -> str:
        if type(value) is not str:
            raise _not_a_string()
        if not min_chars <= len(value) <= max_chars:
            raise ValueError(f"must have {many} characters")
        if "\0" in value:
            raise ValueError("must have no NUL character")
        return value

    return Constraint(check, _string_schema(max_chars, min_chars) | {"pattern": _NO_NUL})


def integer(low: int, high: int) -> Constraint:
    def check(value: object) -> int:
        # `type() is`, since isinstance(True, int) holds.
        if type(value) is not int or not low <= value <= high:
            raise ValueError(f"must be an integer from {low} to {high}")
        return value

    return Constraint(check, {"type": "integer", "minimum": low, "maximum": high})


def name() -> Constraint:
    what = f"a name: {NAME_FORM}"

    def check(value: object) -> str:
        if type(value) is not str:
            raise _not_a_string()
        if not model.is_name(value):
            raise ValueError(f"must be {what}")
        return value

    return Constraint(
        check, {"type": "string", "pattern": f"^{NAME}$", "description": _sentence(what)}
    )


def account_name() -> Constraint:
    """Return the constraint for a name of an account in any case, which is folded later."""
    return matching(NAME.replace("a-z", "A-Za-z"), 64, f"a name: {NAME_FORM}; in any case")


def names(max_items: int) -> Constraint:
    one = name()
    what = f"1 to {max_items} names"

    def check(value: object) -> tuple[str, ...]:
        if type(value) is not list or not 1 <= len(value) <= max_items:
            raise ValueError(f"must be {what}")
        return tuple(dict.fromkeys(map(one.check, value)))

    return Constraint(
        check,
        {"type": "array", "items": dict(one.schema), "minItems": 1, "maxItems": max_items},
    )


def room_name() -> Constraint:
    what = (
        f"the name of a room: {NAME_FORM}; of a direct room: @alice:bob, the two names sorted;"
        " or of a group"
    )

    def check(value: object) -> str:
        if type(value) is not str:
            raise _not_a_string()
        if not (model.is_name(value) or model.direct_pair(value) or model.is_group(value)):
            raise ValueError(f"must be {what}")
        return value

    pattern = f"^({NAME}|@{NAME}:{NAME}|{model.GROUP.pattern})$"
    return Constraint(check, {"type": "string", "pattern": pattern, "description": _sentence(what)})


def free_text(value: object, max_chars: int, min_chars: int = 0) -> str:
    """Return a text for people, trimmed.

    It must have ``min_chars`` to ``max_chars`` characters. Control characters and invisible
    characters (:func:`.has_invisible`) are invalid.

    :raises ValueError: it is invalid.
    """
    if type(value) is not str:
        raise _not_a_string()
    if len(value) > max_chars * 2:
        raise ValueError(f"must have at most {max_chars} characters")
    text = value.strip()
    if not min_chars <= len(text) <= max_chars or _HAS_CONTROL.search(text):
        raise ValueError(
            f"must be {min_chars} to {max_chars} characters, none of them control characters"
        )
    if has_invisible(text):
        raise ValueError("must have no invisible characters and none that change the direction")
    return text


def trimmed(max_chars: int, min_chars: int = 0) -> Constraint:
    """Return the constraint for :func:`free_text`. ``min_chars`` must be 0 or 1."""
    # White space alone would be trimmed to an empty text.
    some = f"[^{_CONTROL}{_SPACE}][^{_CONTROL}]*" if min_chars else ""
    schema = _string_schema(max_chars, min_chars) | {
        "pattern": f"^[^{_CONTROL}]*{some}$",
        "description": (
            "Trimmed; no control characters. No bidirectional controls, and characters that are not"
            " shown only where a script or an emoji needs them."
        ),
    }
    return Constraint(lambda value: free_text(value, max_chars, min_chars), schema)


def matching(pattern: str, max_chars: int, what: str) -> Constraint:
    """Return the constraint for a string that matches ``pattern`` as a whole."""
    compiled = re.compile(pattern)

    def check(value: object) -> str:
        if type(value) is not str:
            raise _not_a_string()
        if len(value) > max_chars or not compiled.fullmatch(value):
            raise ValueError(f"must be {what}")
        return value

    schema = {"type": "string", "maxLength": max_chars, "pattern": f"^{pattern}$"}
    return Constraint(check, schema | {"description": _sentence(what)})


def base64url(size: int, first: str = "") -> Constraint:
    """Return the constraint for ``size`` bytes; ``first``: the first character."""
    chars = -(-size * 8 // 6)
    pattern = f"{first}[A-Za-z0-9_-]{{{chars - len(first)}}}"
    return matching(pattern, chars, f"{size} bytes in base64url without padding")


def uploads(max_items: int) -> Constraint:
    one = matching(UPLOAD_ID.pattern, 32, "the id of an upload")

    def check(value: object) -> tuple[str, ...]:
        if type(value) is not list or not 1 <= len(value) <= max_items:
            raise ValueError(f"must be 1 to {max_items} ids of uploads")
        ids = tuple(map(one.check, value))
        if len(set(ids)) < len(ids):
            raise ValueError("must be different uploads")
        return ids

    schema = {"type": "array", "items": dict(one.schema), "uniqueItems": True}
    return Constraint(check, {**schema, "minItems": 1, "maxItems": max_items})


def emoji() -> Constraint:
    """Return the constraint for one emoji, in its fully qualified form."""

    def check(value: object) -> str:
        if type(value) is not str:
            raise _not_a_string()
        found = emoji_of(value)
        if found is None:
            raise ValueError("must be one emoji")
        return found

    schema = _string_schema(MAX_EMOJI_CHARS, 1)
    return Constraint(
        check,
        schema | {"description": "One emoji, with or without its variation selectors (UTS 51)."},
    )


def json_object(value: object, max_bytes: int = MAX_DATA_BYTES) -> str:
    """Return an object in its canonical form.

    :raises ValueError: it is no object, or too large or too deep.
    """
    if type(value) is not dict:
        raise ValueError("must be an object")
    try:
        encoded = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:
        raise ValueError("must have fewer levels, and values of JSON alone") from None
    if len(encoded) > max_bytes:
        raise ValueError(f"must have at most {max_bytes} bytes as JSON")
    return encoded.decode()


def _string_schema(max_chars: int, min_chars: int) -> dict[str, object]:
    schema: dict[str, object] = {"type": "string", "maxLength": max_chars}
    return schema | {"minLength": min_chars} if min_chars else schema


def _not_a_string() -> ValueError:
    return ValueError("must be a string")


def _sentence(what: str) -> str:
    return f"{what[0].upper()}{what[1:]}."
