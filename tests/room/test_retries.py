"""Retries: the same clientId stands for the same message, whatever happened since (I3)."""

from collections.abc import Callable

import attrs
import pytest

from chatroom.hub.envelope import AnyEnvelope
from chatroom.model import SendReceipt
from chatroom.room.messages import hash_text
from chatroom.store.events import MessagesPruned

from ..builders import reason
from .rules_harness import (
    Court,
    ban,
    delete,
    direct_of,
    edit,
    leave,
    remove,
    room_of,
    send,
)


def test_a_retry_answers_with_the_first_numbers_and_posts_nothing() -> None:
    court = room_of("alice", "bob")
    first = court.one(send("bob", "hello", "c"))
    court.now += 1000
    court.do(send("alice"), send("bob", "other", "d"))
    again = court.one(send("bob", "hello", "c"))
    assert again == attrs.evolve(first, duplicate=True)
    assert court.entries == []


def test_a_retry_in_the_same_batch_is_one_too() -> None:
    court = room_of("alice")
    first, again, other = court.do(
        send("alice", "hello", "c"), send("alice", "hello", "c"), send("alice", "hello", "d")
    )
    assert (first.duplicate, again.duplicate, other.duplicate) == (False, True, False)
    assert (first.seq, again.seq, other.seq) == (1, 1, 2)


def test_a_client_id_is_its_sender_s_own() -> None:
    court = room_of("alice", "bob")
    mine, theirs = court.do(send("alice", "hello", "c"), send("bob", "hello", "c"))
    assert (mine.seq, theirs.seq) == (1, 2)


def test_without_a_client_id_every_send_is_a_new_message() -> None:
    court = room_of("alice")
    assert [outcome.seq for outcome in court.do(*[send("alice", "hello")] * 3)] == [1, 2, 3]


def _make_private(court: Court) -> None:
    assert court.state.room is not None
    court.do(leave("bob"))
    court.state.room = attrs.evolve(court.state.room, visibility="private")


@pytest.mark.parametrize(
    "happened",
    [
        lambda court: court.do(leave("bob")),
        lambda court: court.do(remove("alice", "bob")),
        lambda court: court.do(ban("alice", "bob")),
        _make_private,
    ],
    ids=["left", "removed", "banned", "gone private"],
)
def test_what_was_accepted_once_stays_accepted(happened: Callable[[Court], object]) -> None:
    court = room_of("alice", "bob")
    first = court.one(send("bob", "hello", "c"))
    happened(court)
    assert reason(court.one(send("bob", "hello", "new"))) in ("forbidden", "not_found")
    assert court.one(send("bob", "hello", "c")) == attrs.evolve(first, duplicate=True)
    assert reason(court.one(send("bob", "another", "c"))) == "conflict"


def test_what_it_answers_to_does_not_matter_to_a_retry() -> None:
    court = room_of("alice")
    court.do(send("alice", "hello", "c"))
    assert court.one(send("alice", "hello", "c", reply=99)).duplicate


@pytest.mark.parametrize("change", [edit("alice", 1, "changed"), delete("alice", 1)])
def test_after_a_change_the_first_text_still_counts(change: AnyEnvelope) -> None:
    court = room_of("alice")
    first = court.one(send("alice", "hello", "c"))
    court.do(change)
    assert court.one(send("alice", "hello", "c")) == attrs.evolve(first, duplicate=True)
    assert reason(court.one(send("alice", "changed", "c"))) == "conflict"


def test_another_text_under_the_same_id_is_a_conflict_in_the_batch_as_well() -> None:
    court = room_of("alice")
    outcomes = court.do(
        send("alice", "hello", "c"), edit("alice", 1, "other"), send("alice", "other", "c")
    )
    assert reason(outcomes[2]) == "conflict"
    assert court.one(send("alice", "hello", "c")).duplicate


def test_the_same_id_in_another_room_is_a_conflict() -> None:
    court = room_of("alice")
    court.originals["alice", "c"] = SendReceipt("garden", 7, 9, 1, hash_text("hello"))
    assert reason(court.one(send("alice", "hello", "c"))) == "conflict"
    stranger = Court("nowhere")
    stranger.originals["alice", "c"] = SendReceipt("garden", 7, 9, 1, hash_text("hello"))
    assert reason(stranger.one(send("alice", "hello", "c"))) == "conflict"


def test_a_refused_one_leaves_its_id_free() -> None:
    court = room_of("alice")
    assert reason(court.one(send("alice", "hello", "c", reply=5))) == "invalid_params"
    assert not court.one(send("alice", "hello", "c")).duplicate


def test_the_first_message_of_a_direct_room_may_be_retried_in_its_batch() -> None:
    court = direct_of("alice", "bob")
    first, again = court.do(send("alice", "hello", "c"), send("alice", "hello", "c"))
    assert (first.seq, again.seq, again.duplicate) == (1, 1, True)
    assert court.one(send("alice", "hello", "c")).duplicate


def test_a_pruned_message_is_forgotten() -> None:
    court = room_of("alice")
    court.do(send("alice", "hello", "c"))
    court.apply(MessagesPruned(1))
    court.log.clear()
    court.originals.clear()  # as the store does
    assert court.one(send("alice", "hello", "c")).seq == 2
    assert reason(court.one(edit("alice", 1, "x"))) == "not_found"
