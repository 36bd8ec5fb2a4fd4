"""Failures of one of two nodes cost the other one nothing, and nothing is lost or doubled."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

import chatroom.room.actor
from chatroom.errors import CloseCode
from chatroom.following import POLL_S
from chatroom.hub.channel import Channel
from chatroom.node import Node
from chatroom.protocol import calls
from chatroom.room.replica import Replica
from chatroom.store.events import RoomEvent

from ..builders import CONFIG, Ticking, open_house, reason
from ..faulty_store import Broken, FaultyStore
from ..memory_store import MemoryStore
from .two_nodes import HEALED_S, Line, SharedStore, meet, texts, two_nodes


async def test_the_commit_of_a_room_that_then_fails_is_heard_on_the_other_node(
    autojump_clock: MockClock,
) -> None:
    async with two_nodes() as (one, two):
        alice, bob = await meet(one, two)
        assert isinstance(one.store, SharedStore)
        one.store.fail_commit = True
        assert reason(await alice.send("lobby", "once", "c-1")) == "internal"
        await trio.sleep(HEALED_S)
        assert texts(bob) == ["once"]
        assert (await bob.send("lobby", "next")).seq == 2
        again = await (await one.guest("alice")).send("lobby", "once", "c-1")
        assert (again.seq, again.duplicate) == (1, True)


async def test_a_new_role_is_told_once_by_a_room_that_fails(autojump_clock: MockClock) -> None:
    """News of its own commit reaches the room that was read anew after it."""
    async with two_nodes() as (one, two):
        alice, bob = await meet(one, two)
        carol = await one.guest("carol")
        await carol.join("lobby")
        await bob.ask("lobby", calls.LeaveRoom)
        await trio.sleep(HEALED_S)
        assert isinstance(one.store, SharedStore)
        one.store.fail_commit = True
        assert reason(await alice.ask("lobby", calls.LeaveRoom)) == "internal"
        await trio.sleep(HEALED_S)
        roles = [event["role"] for event in carol.events("memberChanged")]
        assert roles == ["member", "owner"]


class FailsOnce(Replica):
    """Fails when it first applies a commit of another node."""

    failed = False

    async def apply_any(self, events: Sequence[RoomEvent], *calls: Any, own: bool = True) -> None:
        if not own and not FailsOnce.failed and self.state.version >= 2:
            FailsOnce.failed = True
            raise Broken
        await super().apply_any(events, *calls, own=own)


async def test_a_room_that_fails_while_it_follows_is_healed(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FailsOnce, "failed", False)
    monkeypatch.setattr(chatroom.room.actor, "Replica", FailsOnce)
    async with two_nodes() as (one, two):
        alice, bob = await meet(one, two)
        elsewhere = await two.guest("bob")
        await alice.send("lobby", "one")
        await trio.sleep(HEALED_S)
        assert FailsOnce.failed
        assert bob.session.ending is CloseCode.RESTART, "its client resumes"
        assert (await elsewhere.inbox()).unread == 1
        resumed = await elsewhere.subscribe("lobby", 0)
        await alice.send("lobby", "two")
        await trio.sleep(HEALED_S)
        assert [message.text for message in resumed.messages] + texts(elsewhere) == ["one", "two"]


@pytest.mark.parametrize("subscribes", ["before", "after"])
async def test_a_room_that_cannot_be_read_in_another_epoch_gives_no_cursor_of_the_old_one(
    subscribes: str, autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next epoch's events would follow a cursor that ends with the old epoch."""
    monkeypatch.setattr(Channel, "events_since", lambda *_: None)  # the store is read
    store = FaultyStore(read_delay=POLL_S / 10)
    async with open_house(store, make_node=partial(Node, alone=False)) as house:
        alice, bob = await house.meet("lobby", "alice", "bob")
        await alice.send("lobby", "one")
        store.away = True
        if subscribes == "before":
            answer = await bob.post("lobby", calls.Subscribe, store.epoch, 0, None)
            await wait_all_tasks_blocked()  # it is being read
        store.restart("second")
        store._told_epoch()
        await wait_all_tasks_blocked()  # the room could not be read
        if subscribes == "after":
            answer = await bob.post("lobby", calls.Subscribe, "memory", 0, None)
        assert reason(await answer.wait()) == "busy"
        store.away = False
        resumed = await bob.subscribe("lobby", 1, epoch="memory")
        await alice.send("lobby", "two")
        await house.settle()
        assert (resumed.epoch, resumed.recovered) == ("second", True)
        assert [event["epoch"] for event in bob.events("newMessage")] == ["second"]


async def test_a_full_disk_of_one_node_does_not_concern_the_other(
    autojump_clock: MockClock,
) -> None:
    async with two_nodes() as (one, two):
        alice, bob = await meet(one, two)
        assert isinstance(one.store, SharedStore)
        one.store.full = True
        assert reason(await alice.send("lobby")) == "storage_full"
        assert (await bob.send("lobby", "from bob")).seq == 1
        await trio.sleep(HEALED_S)
        assert texts(alice) == ["from bob"]
        one.store.full = False
        assert (await alice.send("lobby")).seq == 2


async def test_a_node_that_ends_loses_nothing_and_another_takes_over(
    autojump_clock: MockClock,
) -> None:
    shared, clock = MemoryStore(), Ticking()
    house = partial(open_house, config=CONFIG, clock=clock, make_node=partial(Node, alone=False))
    async with house(SharedStore(shared, Line())) as one:
        async with house(SharedStore(shared, Line(lose=1)), people=()) as two:
            two.sessions = 100
            alice, bob = await meet(one, two)
            await bob.send("lobby", "acknowledged by the node that ends", "c-1")
        await alice.send("lobby", "meanwhile")
        async with house(SharedStore(shared, Line()), people=()) as three:
            three.sessions = 200
            bob = await three.guest("bob")
            assert (await bob.inbox()).unread == 1
            again = await bob.send("lobby", "acknowledged by the node that ends", "c-1")
            assert (again.seq, again.duplicate) == (1, True)
            await alice.send("lobby", "after")
            resumed = await bob.subscribe("lobby", 1)
            assert [message.text for message in resumed.messages] == ["meanwhile", "after"]
