"""A room's state equals the store: applying events equals reading everything again."""

from typing import Any

import attrs
import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st
from trio.testing import MockClock

from chatroom.hub.envelope import AnyEnvelope
from chatroom.model import Member, Message
from chatroom.protocol import calls
from chatroom.room import mail
from chatroom.room.rules import decide, decide_prune, needed
from chatroom.room.state import CACHED_PEOPLE, Person, RoomState
from chatroom.store.events import MessagePosted
from chatroom.store.room_log import Batch
from chatroom.store.rooms import People

from ..builders import PEOPLE, accounts
from ..memory_store import MemoryStore
from . import rules_harness
from .rules_harness import room_of, send

NAMES = ("lobby", "@alice:bob")
USERS = st.sampled_from(PEOPLE)
SEQS = st.integers(0, 8)
TEXTS = st.sampled_from(["hi", "hi @alice", "@bob. @room", "@carol"])
REQUESTS = st.one_of(
    st.builds(rules_harness.send, USERS, TEXTS, st.sampled_from([None, "a", "b"])),
    st.builds(rules_harness.send, USERS, TEXTS),
    st.builds(rules_harness.edit, USERS, SEQS, TEXTS),
    st.builds(rules_harness.delete, USERS, SEQS),
    st.builds(rules_harness.read, USERS, SEQS),
    st.builds(rules_harness.level, USERS, st.sampled_from(["all", "mentions", "none"])),
    st.builds(rules_harness.join, USERS),
    st.builds(rules_harness.create, USERS),
    st.builds(rules_harness.leave, USERS),
    *[
        st.builds(act, USERS, USERS)
        for act in (
            rules_harness.invite,
            rules_harness.remove,
            rules_harness.ban,
            rules_harness.unban,
        )
    ],
    st.builds(mail.Prune, st.integers(0, 4), st.none()),
)


class Follower:
    """A room's state as its actor maintains it, with a store. ``state`` is never read again."""

    def __init__(self, name: str) -> None:
        self.store = MemoryStore()
        self.state = RoomState(name, None)
        self.now = 1000

    async def do(self, request: AnyEnvelope | mail.Prune) -> None:
        name, state = self.state.name, self.state
        self.now += 7
        if isinstance(request, mail.Prune):
            if state.room is None:
                return
            through = await self.store.prune_point(name, request.keep_messages, None, 3)
            if not through:
                return
            batch = Batch(name, lambda _: decide_prune(through))
        else:
            request = rules_harness.addressed(name, request)
            need = needed([request])
            unknown = state.unknown(need.names, need.mentioned)
            state.learn(unknown, await self.store.people(name, unknown))
            successor = None
            if isinstance(request.call, calls.LeaveRoom):
                successor = await self.store.successor(name, request.user)
            batch = Batch(
                name,
                lambda found: decide(state, [request], found, now=self.now, successor=successor),
                tuple(need.client_ids),
                tuple(need.seqs),
            )
        state.apply((await self.store.commit(batch)).entries)

    async def check(self) -> None:
        state = self.state
        assert state.room == await self.store.room(state.name)
        people = await self.store.people(state.name, PEOPLE)
        for name, person in state.people.items():
            assert known(person.member) == known(people.members.get(name))
            assert person.banned == (name in people.banned)
            assert person.display_name == people.users.get(name)
        assert state.absent.isdisjoint(people.members)


def known(member: Member | None) -> Member | None:
    """Remove the fields that only the store maintains."""
    return None if member is None else attrs.evolve(member, sent=0, sent_read=0)


@settings(derandomize=True, database=None, max_examples=150, deadline=None)
@given(name=st.sampled_from(NAMES), requests=st.lists(REQUESTS, max_size=40))
def test_following_entries_equals_reading_anew(name: str, requests: list[Any]) -> None:
    async def main() -> None:
        follower = Follower(name)
        await follower.store.add_accounts(accounts(*PEOPLE))
        for request in requests:
            if name.startswith("@") and isinstance(getattr(request, "call", None), calls.EntryCall):
                continue  # invalid in a direct room
            await follower.do(request)
            await follower.check()

    trio.run(main, clock=MockClock(autojump_threshold=0))


# ---- the cache of people


def test_who_is_asked_about_is_known_even_when_the_cache_is_full() -> None:
    """A person whom a decision needs must not be evicted for another."""
    rules_harness = room_of("alice", "bob")
    room = rules_harness.state
    for number in range(len(room.people), CACHED_PEOPLE):
        room.people[f"user{number}"] = Person()
    members = {"alice": room.member("alice"), "carol": None}
    names = ["alice", "carol"]
    unknown = room.unknown(names)
    room.learn(
        unknown,
        People(
            {name: member for name in unknown if (member := members[name]) is not None},
            frozenset(),
            dict.fromkeys(unknown, "Somebody"),
        ),
    )
    assert room.member("alice") == members["alice"]
    assert all(name in room.people for name in names)
    assert len(room.people) <= CACHED_PEOPLE


def test_following_what_happens_to_who_is_not_in_the_cache_does_not_put_them_there() -> None:
    rules_harness = room_of("alice", "bob")
    rules_harness.state.people.clear()
    rules_harness.look_up(["bob"])
    assert rules_harness.state.member("alice") is None
    assert rules_harness.state.unknown(["alice", "bob"]) == ["alice"]


def test_nothing_happens_in_a_room_before_it_is_made() -> None:
    made = room_of("alice")
    made.do(send("alice"))
    (posted,) = made.entries
    assert isinstance(posted, MessagePosted)
    with pytest.raises(ValueError, match="before the room was made"):
        RoomState("lobby", None).apply([posted])


def test_an_entry_out_of_place_is_told_without_its_text() -> None:
    posted = MessagePosted(Message("den", 1, 1, "alice", "between us", 0))
    with pytest.raises(ValueError, match="MessagePosted before the room was made") as failed:
        RoomState("den", None).apply([posted])
    assert "between us" not in str(failed.value)
