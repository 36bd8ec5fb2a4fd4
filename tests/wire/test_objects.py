"""docs/protocol.md describes each field of the objects of which replies consist."""

import re
from pathlib import Path
from typing import Final

import attrs
import pytest

from chatroom.model import Message, OwnReactions, Preview, Quoted, Thread
from chatroom.protocol.declaration import camel
from chatroom.protocol.results import InboxEntry, ListedThread

DOCUMENT: Final = Path(__file__).parents[2] / "docs" / "protocol.md"
OBJECTS: Final[dict[str, type[attrs.AttrsInstance]]] = {
    "Message": Message,
    "Inbox entry": InboxEntry,
    "Quoted message": Quoted,
    "Thread summary": Thread,
    "Listed thread": ListedThread,
    "Own reactions": OwnReactions,
}


def described(title: str) -> set[str]:
    """Return the fields in the table below a heading; optional ones end with ``?``."""
    _, _, rest = DOCUMENT.read_text().partition(f"### {title}\n")
    section = re.split(r"^##", rest, maxsplit=1, flags=re.MULTILINE)[0]
    return set(re.findall(r"^\| `(\w+\??)` \|", section, flags=re.MULTILINE))


def fields_of(cls: type[attrs.AttrsInstance]) -> set[str]:
    return {
        camel(field.name) + "?" * (field.default is not attrs.NOTHING)
        for field in attrs.fields(cls)
        if field.init
    }


@pytest.mark.parametrize("title", OBJECTS)
def test_each_field_is_described(title: str) -> None:
    assert described(title) == fields_of(OBJECTS[title])


def test_each_field_that_only_previews_have_is_described() -> None:
    assert described("Preview") == fields_of(Preview) - fields_of(Message)
