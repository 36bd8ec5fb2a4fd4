"""Retries: the same clientId stands for the same message, whatever happened since (I3)."""

from collections.abc import Callable

import attrs
import pytest

from chatroom.hub.envelope import AnyEnvelope
from chatroom.model import SendReceipt
from chatroom.protocol import calls
from chatroom.protocol.field_types import Text
from chatroom.room.messages import hash_content
from chatroom.store.events import MessagesPruned

from ..builders import reason
from .rules_harness import PureRoom, ban, delete, direct_of, edit, leave, remove, room_of, send


def test_a_retry_returns_the_first_receipt_and_posts_nothing() -> None:
    room = room_of("alice", "bob")
    first = room.call(send("bob", "hello", "c"))
    room.now += 1000
    room.batch(send("alice"), send("bob", "other", "d"))
    for reply_to in (None, 99):  # replyTo does not matter to a retry
        again = room.call(send("bob", "hello", "c", reply_to))
        assert again == attrs.evolve(first, duplicate=True)
        assert room.entries == []


def test_a_retry_in_the_same_batch() -> None:
    room = room_of("alice")
    first, again, other = room.batch(
        send("alice", "hello", "c"), send("alice", "hello", "c"), send("alice", "hello", "d")
    )
    assert (first.duplicate, again.duplicate, other.duplicate) == (False, True, False)
    assert (first.seq, again.seq, other.seq) == (1, 1, 2)


def test_without_the_same_sender_and_client_id_each_send_is_a_new_message() -> None:
    room = room_of("alice", "bob")
    requests = (send("alice", "hello", "c"), send("bob", "hello", "c"), *[send("alice")] * 3)
    assert [outcome.seq for outcome in room.batch(*requests)] == [1, 2, 3, 4, 5]


def _make_private(room: PureRoom) -> None:
    assert room.state.room is not None
    room.batch(leave("bob"))
    room.state.room = attrs.evolve(room.state.room, visibility="private")


@pytest.mark.parametrize(
    "happened",
    [
        lambda room: room.batch(leave("bob")),
        lambda room: room.batch(remove("alice", "bob")),
        lambda room: room.batch(ban("alice", "bob")),
        _make_private,
    ],
    ids=["left", "removed", "banned", "gone private"],
)
def test_a_former_member_may_retry(happened: Callable[[PureRoom], object]) -> None:
    room = room_of("alice", "bob")
    first = room.call(send("bob", "hello", "c"))
    happened(room)
    assert reason(room.call(send("bob", "hello", "new"))) in ("forbidden", "not_found")
    assert room.call(send("bob", "hello", "c")) == attrs.evolve(first, duplicate=True)
    assert reason(room.call(send("bob", "another", "c"))) == "conflict"


@pytest.mark.parametrize("change", [edit("alice", 1, "changed"), delete("alice", 1)])
def test_a_retry_is_compared_with_the_first_text(change: AnyEnvelope) -> None:
    room = room_of("alice")
    first = room.call(send("alice", "hello", "c"))
    room.batch(change)
    assert room.call(send("alice", "hello", "c")) == attrs.evolve(first, duplicate=True)
    assert reason(room.call(send("alice", "changed", "c"))) == "conflict"


def test_another_text_with_the_same_id_is_a_conflict_in_the_batch_too() -> None:
    room = room_of("alice")
    outcomes = room.batch(
        send("alice", "hello", "c"), edit("alice", 1, "other"), send("alice", "other", "c")
    )
    assert reason(outcomes[2]) == "conflict"
    assert room.call(send("alice", "hello", "c")).duplicate


HELLO = hash_content(calls.SendMessage(Text("hello")))


def test_the_same_id_in_another_room_is_a_conflict() -> None:
    for room in (room_of("alice"), PureRoom("nowhere")):
        room.originals["alice", "c"] = SendReceipt("garden", 7, 9, 1, HELLO)
        assert reason(room.call(send("alice", "hello", "c"))) == "conflict"


def test_the_id_of_a_refused_message_stays_free() -> None:
    room = room_of("alice")
    assert reason(room.call(send("alice", "hello", "c", reply=5))) == "invalid_params"
    assert not room.call(send("alice", "hello", "c")).duplicate


def test_the_first_message_of_a_direct_room_may_be_retried_in_its_batch() -> None:
    room = direct_of("alice", "bob")
    first, again = room.batch(send("alice", "hello", "c"), send("alice", "hello", "c"))
    assert (first.seq, again.seq, again.duplicate) == (1, 1, True)
    assert room.call(send("alice", "hello", "c")).duplicate


def test_a_pruned_message_is_forgotten() -> None:
    room = room_of("alice")
    room.batch(send("alice", "hello", "c"))
    room.apply(MessagesPruned(1))
    room.log.clear()
    room.originals.clear()  # as the store does
    assert room.call(send("alice", "hello", "c")).seq == 2
    assert reason(room.call(edit("alice", 1, "x"))) == "not_found"
