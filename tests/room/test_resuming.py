"""Resuming and unsubscribing: the reply to ``subscribe``, and when a session watches."""

import pytest
import trio

from chatroom.protocol import calls
from chatroom.protocol.codec import message_size
from chatroom.protocol.results import MAX_PAGE, PAGE_BYTES

from ..builders import House
from ..faulty_store import FaultyStore

ROOM = "lobby"


async def test_a_refused_resume_says_why(house: House) -> None:
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


async def test_a_session_watches_from_the_last_page_on(house: House) -> None:
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


async def test_a_resumed_message_comes_once_with_its_last_rev(house: House) -> None:
    alice, bob = await house.meet(ROOM, "alice", "bob")
    for text in ("one", "two", "three"):
        await alice.send(ROOM, text)
    await alice.ask(ROOM, calls.EditMessage, 1, "one!")
    await alice.ask(ROOM, calls.DeleteMessage, 3)
    result = await bob.subscribe(ROOM, since_rev=2)
    assert [(m.rev, m.seq, m.text) for m in result.messages] == [(4, 1, "one!"), (5, 3, "")]


async def test_a_page_from_memory_is_bounded_in_bytes(house: House) -> None:
    """All of the missed messages are in memory. They take more than a page."""
    alice, bob = await house.meet(ROOM, "alice", "bob")
    for _ in range(MAX_PAGE):
        await alice.send(ROOM, "\N{GRINNING FACE}" * 1300)
    channel = house.node.hub.get(ROOM)
    assert channel is not None
    assert channel.events_since(0) is not None
    result = await bob.subscribe(ROOM, since_rev=0)
    assert sum(map(message_size, result.messages)) <= PAGE_BYTES
    assert result.has_more
    rest = await bob.subscribe(ROOM, since_rev=result.next_rev)
    seqs = [message.seq for message in (*result.messages, *rest.messages)]
    assert seqs == list(range(1, result.head_seq + 1))


@pytest.mark.parametrize("together", [True, False])
async def test_of_several_calls_the_last_one_counts(
    together: bool, house: House, store: FaultyStore
) -> None:
    """The log is still read for an earlier call. The person's other sessions go on watching."""
    alice, bob = await house.meet(ROOM, "alice", "bob")
    await alice.send(ROOM)
    also_bob = await house.guest("bob")
    await also_bob.subscribe(ROOM)
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
            await house.hush(bob, also_bob)
            rev = (await alice.send(ROOM)).rev
            await house.settle()
            assert bob.revs() == ([rev] if listens else [])
            assert also_bob.revs() == [rev]


async def test_a_session_that_ends_while_it_subscribes_leaves_nothing(
    house: House, store: FaultyStore
) -> None:
    alice, bob = await house.meet(ROOM, "alice", "bob")
    store.read_delay = 1
    await bob.post(ROOM, calls.Subscribe, None, None, None)
    await trio.sleep(0.5)
    house.leave(bob)
    await trio.sleep(2)
    channel = house.node.hub.get(ROOM)
    assert channel is not None
    assert channel.watchers == {}
    await alice.send(ROOM)
