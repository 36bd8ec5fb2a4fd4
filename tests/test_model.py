"""Names, mentions in a text, and copies that list their fields."""

from typing import Any, TypeVar

import attrs
import pytest

from chatroom.model import (
    Attachment,
    Message,
    Room,
    direct_pair,
    direct_room,
    mention_candidates,
)

T = TypeVar("T", bound=attrs.AttrsInstance)


@pytest.mark.parametrize(
    ("text", "candidates"),
    [
        ("no one", []),
        ("@bob", [("bob",)]),
        ("hi @bob, and @carol!", [("bob",), ("carol",)]),
        ("@bob..", [("bob..", "bob")]),
        ("@b.o-b_", [("b.o-b_", "b.o-b")]),
        ("mail@bob and x.@bob", []),
        ("(@bob)", [("bob",)]),
        ("@-bob @.bob @", []),
        ("@" + "x" * 64, [("x" * 64,)]),
        ("@" + "x" * 65, [()]),
        ("@" + "x" * 63 + "..", [("x" * 63,)]),
        ("@bob @bob @bob. @bob", [("bob",), ("bob.", "bob")]),
    ],
)
def test_mention_candidates(text: str, candidates: list[tuple[str, ...]]) -> None:
    assert mention_candidates(text) == candidates


def test_a_text_names_a_bounded_number_of_people() -> None:
    """The store looks up each name, so their number must be bounded."""
    assert mention_candidates("@b" + "." * 3990) == [("b",)]
    words = [f"user{number:02}..." for number in range(60)]
    text = " ".join(f"@{word}" for word in words)
    assert mention_candidates(text) == [(word, word.rstrip(".")) for word in words[:50]]


def test_direct_rooms() -> None:
    assert direct_room("bob", "alice") == "@alice:bob" == direct_room("alice", "bob")
    assert direct_room("alice", "alice") == "@alice:alice"
    assert direct_pair("@alice:bob") == ("alice", "bob")
    for name in ("alice", "@alice", "@bob:alice", "@alice:", "@:bob", "@a:b:c", "@Alice:bob"):
        assert direct_pair(name) is None


def filled(cls: type[T]) -> T:
    """Return an object with a distinct value in each field. Only texts have the right type."""
    fields = [field.name for field in attrs.fields(cls) if field.init]
    values: dict[str, Any] = {name: f"value of {name}" for name in fields}
    return cls(**values)


def test_a_room_at_another_head_is_the_same_in_all_else() -> None:
    room = filled(Room)
    changed = attrs.evolve(room, head_seq=7, head_rev=9, last_timestamp=1000, version=3)
    assert room.at(7, 9, 1000, 3) == changed


def test_a_preview_has_all_fields_of_its_message_but_those_that_inboxes_do_not_show() -> None:
    message = attrs.evolve(filled(Message), attachments=(filled(Attachment),))
    preview = message.preview()
    assert (preview.reactions, preview.pinned_by) == ((), None)
    assert (preview.data, preview.attachments) == (None, ())
    assert preview.files == len(message.attachments)
    assert preview.file_type == "value of type"
    for field in attrs.fields(Message):
        if field.init and field.name not in ("reactions", "pinned_by", "data", "attachments"):
            assert getattr(preview, field.name) == getattr(message, field.name)
