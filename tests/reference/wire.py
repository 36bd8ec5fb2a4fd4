"""Values of the protocol as JSON, as docs/protocol.md says: camelCase, and absent means none."""

import json
from collections.abc import Iterable
from typing import Any, Final

import attrs

from chatroom.model import AccountSettings, Attachment, Message, Quoted, User
from chatroom.protocol.results import ListedMember

_NULLABLE: Final = frozenset({"next", "role"})
_SELDOM: Final = frozenset(
    {
        *("deleted", "mentions", "reactions", "truncated", "lookalike"),
        *("attachments", "thumbnails", "files", "file_type"),
    }
)
"""Fields of messages and users that are shown only if they are set."""


def wire(value: object) -> Any:
    """Return a result, a message or a part of one as it is on the wire."""
    if isinstance(value, tuple):
        return [wire(each) for each in value]
    return dict(_fields(value)) if attrs.has(type(value)) else value


def _fields(value: Any) -> Iterable[tuple[str, Any]]:
    may_omit = isinstance(value, Message | Attachment | Quoted | User | ListedMember)
    for field in attrs.fields(type(value)):
        name, content = field.name, getattr(value, field.name)
        if name.startswith("_") or (content is None and name not in _NULLABLE):
            continue
        if not (may_omit and name in _SELDOM) or (content not in (False, (), 0)):
            first, *others = name.rstrip("_").split("_")
            is_json = name == "settings" and isinstance(value, AccountSettings)
            if is_json or name == "details" or (may_omit and name == "data"):
                content = json.loads(content)
            yield first + "".join(map(str.title, others)), wire(content)
