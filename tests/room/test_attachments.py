"""Rules of files in messages: whose they are, once each, and what a retry is."""

from typing import Any

import pytest

from chatroom.errors import Refused
from chatroom.hub.envelope import AnyEnvelope
from chatroom.model import Attachment
from chatroom.protocol import calls
from chatroom.store.files import OwnUpload

from ..builders import reason
from .rules_harness import PureRoom, by, delete, direct_of, edit, room_of

A, B = Attachment("a", "a.txt", "text/plain", 1), Attachment("b", "b.txt", "text/plain", 2)


def attach(user: str, *ids: str, text: str = "", **more: Any) -> AnyEnvelope:
    where = {} if "to" in more else {"room": "lobby"}
    return by(user, calls.SendMessage, text, attachments=ids, **where, **more)


@pytest.fixture
def room() -> PureRoom:
    room = room_of("alice", "bob")
    room.uploads = {"a": OwnUpload("alice", A), "b": OwnUpload("alice", B)}
    return room


def test_a_message_has_the_files_in_their_order(room: PureRoom) -> None:
    assert room.call(attach("alice", "b", "a")).seq == 1
    assert room.log[1].attachments == (B, A)
    assert room.log[1].text == ""
    assert room.uploads == {}


@pytest.mark.parametrize(("user", "ids"), [("bob", ("a",)), ("alice", ("a", "c"))])
def test_nobody_gives_what_is_not_theirs(room: PureRoom, user: str, ids: tuple[str, ...]) -> None:
    assert reason(room.call(attach(user, *ids))) == "not_found"
    assert room.uploads.keys() == {"a", "b"}


def test_an_upload_is_given_once_in_a_batch(room: PureRoom) -> None:
    first, second, third = room.batch(
        attach("alice", "a"), attach("alice", "b", "a"), attach("alice", "b")
    )
    assert (first.seq, reason(second), third.seq) == (1, "not_found", 2)


def test_a_retry_is_answered_although_the_upload_is_given(room: PureRoom) -> None:
    first = room.call(attach("alice", "a", client_id="1"))
    again = room.call(attach("alice", "a", client_id="1"))
    assert (again.seq, again.duplicate) == (first.seq, True)
    for other in (("b",), ("a", "b")):
        assert reason(room.call(attach("alice", *other, client_id="1"))) == "conflict"
    assert reason(room.call(by("alice", calls.SendMessage, "", room="lobby", client_id="1"))) == (
        "conflict"
    )


def test_a_refused_message_makes_no_direct_room() -> None:
    room = direct_of("alice", "bob")
    assert reason(room.call(attach("alice", "a", to="bob"))) == "not_found"
    assert room.state.room is None
    room.uploads = {"a": OwnUpload("alice", A)}
    assert not isinstance(room.call(attach("alice", "a", to="bob")), Refused)


def test_an_edit_keeps_the_files_and_a_delete_does_not(room: PureRoom) -> None:
    room.call(attach("alice", "a", text="see"))
    room.call(edit("alice", 1, "look"))
    assert (room.log[1].text, room.log[1].attachments) == ("look", (A,))
    room.call(delete("alice", 1))
    assert room.log[1].attachments == ()


def test_other_refusals_come_first(room: PureRoom) -> None:
    """What one may not send to tells nothing about uploads."""
    assert reason(room.call(attach("carol", "a"))) == "not_found"
    assert reason(room.call(attach("carol", text="x"))) in ("forbidden", "not_found")
