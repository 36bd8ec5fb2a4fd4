"""Refusals as sentences for people. Pure."""

import re
from typing import Final

import attrs

from ...protocol.calls import CALLS
from ...protocol.declaration import camel
from ..sanitize import plain

_FIELDS: Final = frozenset(
    camel(field.name) for call in CALLS.values() for field in attrs.fields(call)
)
_ABOUT_FIELD: Final = re.compile(r"([A-Za-z]+)(?:\.\w+)*: (.+)", re.DOTALL)
_PREDICATES: Final = ("must ", "is ", "has ")


def sentence(refused: Exception) -> str:
    """Return ``You are banned.`` for ``room: you are banned``. A field is named only if it is the
    subject: ``Display name must have at most 80 characters.``"""
    text = str(refused)
    about = _ABOUT_FIELD.fullmatch(text)
    if about is not None and about[1] in _FIELDS:
        field, text = about.groups()
        if text.startswith(_PREDICATES):
            words = re.sub("([A-Z])", lambda match: f" {match[0].lower()}", field)
            text = f"{words} {text}"
    elif about is not None:  # the name of a user
        return plain(_ended(text))
    return plain(_ended(text[:1].upper() + text[1:]))


def _ended(text: str) -> str:
    return text if text.endswith((".", "?", "!")) else f"{text}."
