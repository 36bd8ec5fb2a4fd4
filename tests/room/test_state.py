"""A room's state equals the store: applying events equals reading everything again."""

from typing import Any

import attrs
import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st
from trio.testing import MockClock

from chatroom.hub.envelope import AnyEnvelope
from chatroom.model import Member
from chatroom.protocol import calls
from chatroom.room import mail
from chatroom.room.ahead import NOTHING_AHEAD, Ahead
from chatroom.room.rules import decide, decide_prune, needed
from chatroom.room.state import CACHED_PEOPLE, Person, RoomState
from chatroom.store.events import RoleChanged
from chatroom.store.room_log import Batch
from chatroom.store.rooms import People

from ..builders import PEOPLE, accounts
from ..memory_store import MemoryStore
from . import rules_harness as rules
from .rules_harness import room_of, send

NAMES = ("lobby", "@alice:bob")
USERS = st.sampled_from(PEOPLE)
SEQS = st.integers(0, 8)
TEXTS = st.sampled_from(["hi", "hi @alice", "@bob. @room", "@carol"])
REQUESTS = st.one_of(
    st.builds(rules.send, USERS, TEXTS, st.sampled_from([None, "a", "b"])),
    st.builds(rules.send, USERS, TEXTS),
    st.builds(rules.edit, USERS, SEQS, TEXTS),
    st.builds(rules.delete, USERS, SEQS),
    st.builds(rules.read, USERS, SEQS),
    st.builds(rules.level, USERS, st.sampled_from(["all", "mentions", "none"])),
    *[st.builds(act, USERS) for act in (rules.join, rules.create, rules.leave)],
    *[st.builds(act, USERS, USERS) for act in (rules.invite, rules.remove, rules.ban, rules.unban)],
    *[st.builds(act, USERS, USERS) for act in (rules.mute, rules.unmute)],
    st.builds(rules.set_role, USERS, USERS, st.sampled_from(["owner", "moderator", "member"])),
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
            request = rules.addressed(name, request)
            need = needed([request])
            unknown = state.unknown(need.names, need.mentioned)
            state.learn(unknown, await self.store.people(name, unknown))
            ahead = NOTHING_AHEAD
            if isinstance(request.call, calls.LeaveRoom | calls.SetRole):
                ahead = Ahead(successor=await self.store.successor(name, request.user))
            batch = Batch(
                name,
                lambda found: decide(state, [request], found, now=self.now, ahead=ahead),
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
            assert person.ban == people.banned.get(name)
            assert state.muted.get(name) == people.muted.get(name)
            assert person.display_name == people.users.get(name)
        assert state.absent.isdisjoint(people.members)


def known(member: Member | None) -> Member | None:
    """Remove the fields that only the store maintains."""
    return None if member is None else attrs.evolve(member, sent=0, sent_read=0)


@settings(max_examples=150)
@given(name=st.sampled_from(NAMES), requests=st.lists(REQUESTS, max_size=40))
def test_a_state_that_follows_the_events_equals_the_store(name: str, requests: list[Any]) -> None:
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


def test_people_whom_a_decision_needs_are_known_even_when_the_cache_is_full() -> None:
    """One of them must not be evicted for another."""
    room = room_of("alice", "bob").state
    for number in range(len(room.people), CACHED_PEOPLE):
        room.people[f"user{number}"] = Person()
    alice = room.member("alice")
    assert alice is not None
    names = ["alice", "carol"]
    unknown = room.unknown(names)
    users = dict.fromkeys(unknown, "Somebody")
    members = {"alice": alice} if "alice" in unknown else {}
    room.learn(unknown, People(members, {}, users))
    assert room.member("alice") == alice
    assert all(name in room.people for name in names)
    assert len(room.people) <= CACHED_PEOPLE


def test_events_about_people_outside_the_cache_do_not_add_them() -> None:
    room = room_of("alice", "bob")
    room.state.people.clear()
    room.look_up(["bob"])
    room.apply(RoleChanged("alice", "moderator"))
    assert room.state.member("alice") is None
    assert room.state.unknown(["alice", "bob"]) == ["alice"]


def test_an_event_before_the_room_exists_is_an_error_that_does_not_show_the_text() -> None:
    room = room_of("alice")
    room.batch(send("alice", "between us"))
    with pytest.raises(ValueError, match="MessagePosted before the room was made") as failed:
        RoomState("lobby", None).apply(room.entries)
    assert "between us" not in str(failed.value)
