"""Resuming and unsubscribing: the reply to ``subscribe``, and when a session watches."""

import pytest
import trio
from trio.testing import MockClock

from chatroom.protocol import calls

from ..builders import open_house
from ..faulty_store import FaultyStore

ROOM = "lobby"


# ---- resuming


async def test_a_resume_that_cannot_be_says_why(autojump_clock: MockClock) -> None:
    async with open_house(FaultyStore()) as house:
        alice, bob = await house.meet(ROOM, "alice", "bob")
        for text in ("one", "two"):
            await alice.send(ROOM, text)
        for since_rev, epoch, why in [
            (1, "another", "epoch_changed"),
            (3, "memory", "ahead"),
            (2, "memory", None),
        ]:
            result = await bob.subscribe(ROOM, since_rev=since_rev, epoch=epoch)
            assert (result.recovered, result.reason) == (why is None, why)
            assert [m.seq for m in result.messages] == ([1, 2] if why else [])
            assert ROOM in bob.session.watching
        await bob.ask(ROOM, calls.Subscribe, None, 1, None)
        assert not (await bob.ask(ROOM, calls.Subscribe, None, 1, None)).recovered


async def test_while_there_is_more_the_session_does_not_listen(autojump_clock: MockClock) -> None:
    async with open_house(FaultyStore()) as house:
        alice, bob = await house.meet(ROOM, "alice", "bob")
        for number in range(5):
            await alice.send(ROOM, f"{number}")
        await bob.subscribe(ROOM)
        first = await bob.subscribe(ROOM, since_rev=0, limit=3)
        assert (first.has_more, first.next_rev, first.head_rev) == (True, 3, 5)
        await house.hush(bob)
        await alice.send(ROOM, "unheard yet")
        await house.settle()
        assert bob.revs() == []
        last = await bob.subscribe(ROOM, since_rev=first.next_rev, limit=3)
        assert [message.rev for message in last.messages] == [4, 5, 6]
        assert not last.has_more


async def test_changes_come_with_the_rev_of_the_last_one(autojump_clock: MockClock) -> None:
    async with open_house(FaultyStore()) as house:
        alice, bob = await house.meet(ROOM, "alice", "bob")
        for text in ("one", "two", "three"):
            await alice.send(ROOM, text)
        await alice.ask(ROOM, calls.EditMessage, 1, "one!")
        await alice.ask(ROOM, calls.DeleteMessage, 3)
        result = await bob.subscribe(ROOM, since_rev=2)
        assert [(m.rev, m.seq, m.text) for m in result.messages] == [(4, 1, "one!"), (5, 3, "")]


# ---- unsubscribing


async def test_who_unsubscribed_hears_nothing(autojump_clock: MockClock) -> None:
    async with open_house(FaultyStore()) as house:
        alice, bob = await house.meet(ROOM, "alice", "bob")
        also_bob = await house.guest("bob")
        for guest in (bob, also_bob):
            await guest.subscribe(ROOM)
        await bob.ask(ROOM, calls.Unsubscribe)
        await house.hush(bob, also_bob)
        await alice.send(ROOM)
        await house.settle()
        assert bob.revs() == []
        assert bob.events("unread")[0]["unread"] == 1
        assert also_bob.revs() == [1]


@pytest.mark.parametrize("together", [True, False])
async def test_the_last_of_several_calls_counts(together: bool, autojump_clock: MockClock) -> None:
    """A session that subscribes and unsubscribes at once does not watch in the end; in the other
    order it does. The duration of the read does not matter.
    """
    store = FaultyStore()
    async with open_house(store) as house:
        alice, bob = await house.meet(ROOM, "alice", "bob")
        await alice.send(ROOM)
        store.read_delay = 1
        for last, listens in ((calls.Unsubscribe, False), (calls.Subscribe, True)):
            for _ in range(3):
                for kind in (calls.Subscribe, calls.Unsubscribe, last):
                    arguments = () if kind is calls.Unsubscribe else (None, None, None)
                    await bob.post(ROOM, kind, *arguments)
                    if not together:
                        await trio.sleep(0.2)
                await trio.sleep(5)
                assert (ROOM in bob.session.watching) is listens
                await house.hush(bob)
                rev = (await alice.send(ROOM)).rev
                await house.settle()
                assert bob.revs() == ([rev] if listens else [])


async def test_a_session_that_ends_while_it_subscribes_leaves_nothing(
    autojump_clock: MockClock,
) -> None:
    store = FaultyStore()
    async with open_house(store) as house:
        alice, bob = await house.meet(ROOM, "alice", "bob")
        store.read_delay = 1
        await bob.post(ROOM, calls.Subscribe, None, None, None)
        await trio.sleep(0.5)
        house.leave(bob)
        await trio.sleep(2)
        topic = house.node.hub.get(ROOM)
        assert topic is not None
        assert topic.watchers == {}
        await alice.send(ROOM)
