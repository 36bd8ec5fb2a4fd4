"""Values of the protocol as JSON, as docs/protocol.md says: camelCase, and absent means none."""

import json
from functools import cache
from typing import Any, Final

import attrs

from chatroom.model import AccountSettings, Attachment, Message, Quoted, User
from chatroom.protocol.results import ListedMember

_NULLABLE: Final = frozenset({"next", "role"})
_SELDOM: Final = frozenset(
    {
        *("deleted", "mentions", "reactions", "truncated", "lookalike"),
        *("attachments", "thumbnails", "files", "file_type", "disabled"),
    }
)
"""Fields of messages and users that are shown only if they are set."""


@attrs.frozen
class _Field:
    """How one field of a class is shown."""

    name: str
    shown_as: str
    nullable: bool
    seldom: bool
    json: bool


def wire(value: Any) -> Any:
    """Return a result, a message or a part of one as it is on the wire."""
    if isinstance(value, tuple):
        return [wire(each) for each in value]
    if (fields := _fields(value.__class__)) is None:
        return value
    shown = {}
    for field in fields:
        content = getattr(value, field.name)
        if content is None and not field.nullable:
            continue
        if not field.seldom or content not in (False, (), 0):
            shown[field.shown_as] = wire(json.loads(content) if field.json else content)
    return shown


@cache
def _fields(cls: type) -> tuple[_Field, ...] | None:
    """Return the public fields of a class of attrs; None for other classes."""
    if not attrs.has(cls):
        return None
    may_omit = issubclass(cls, Message | Attachment | Quoted | User | ListedMember)
    has_settings = issubclass(cls, AccountSettings)
    found = []
    for name in (field.name for field in attrs.fields(cls) if not field.name.startswith("_")):
        first, *others = name.rstrip("_").split("_")
        found.append(
            _Field(
                name,
                first + "".join(map(str.title, others)),
                name in _NULLABLE,
                may_omit and name in _SELDOM,
                name == "details"
                or (name == "data" and may_omit)
                or (name == "settings" and has_settings),
            )
        )
    return tuple(found)
