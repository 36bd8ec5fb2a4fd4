"""Subscribing during traffic: every session gets each rev once and in order (I1, I2)."""

import random
from typing import Any

import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st
from trio.testing import MockClock

from chatroom.hub.message_cache import MAX_CHANGES
from chatroom.model import Message
from chatroom.protocol import calls

from ..builders import Guest, House, open_house, reason
from ..faulty_store import FaultyStore
from ..memory_store import MemoryStore

ROOM = "lobby"


def followed(heard: list[Any]) -> tuple[int | None, dict[int, Any]]:
    """Process what a session received, as a client does.

    Returns its rev, None while it is not subscribed, and the last state of each message. A reply to
    ``subscribe`` sets the rev, and each event must have the next one.
    """
    rev: int | None = None
    messages: dict[int, Any] = {}
    for frame in heard:
        if result := frame.get("result"):
            if "headRev" in result:
                rev = None if result["hasMore"] else result["headRev"]
                messages |= {message["seq"]: message for message in result["messages"]}
            elif "messages" not in result and not result:
                rev = None
        elif frame["method"] in ("newMessage", "messageChanged"):
            message = frame["params"]
            assert rev is not None, f"told of {message} while not subscribed"
            assert message["rev"] == rev + 1
            rev = message["rev"]
            messages[message["seq"]] = message
    return rev, messages


async def log_of(store: MemoryStore, since_rev: int = 0) -> list[Message]:
    page = await MemoryStore.page(store, ROOM, 1_000_000)
    return [message for message in page.messages if message.rev > since_rev]


async def assert_all_heard(guest: Guest, store: MemoryStore, since_rev: int | None) -> None:
    rev, messages = followed(guest.heard)
    pages = [f["result"]["messages"] for f in guest.heard if "messages" in f.get("result", {})]
    first = pages[0][0]["seq"]
    room = await store.room(ROOM)
    assert room is not None
    assert rev == room.head_rev
    log = await log_of(store, since_rev or 0)
    if since_rev is None:  # everything from the first page on, and changes of earlier messages
        log = [message for message in log if message.seq >= first or message.seq in messages]
    assert {m.seq: (m.rev, m.text, m.deleted) for m in log} == {
        seq: (message["rev"], message["text"], message.get("deleted", False))
        for seq, message in messages.items()
        if message["rev"] > (since_rev or 0)
    }


async def talk(house: House, writer: Guest, count: int, seed: int) -> None:
    """Send, edit and delete without waiting for the replies."""
    dice = random.Random(seed)  # noqa: S311
    for number in range(count):
        await writer.post(ROOM, calls.SendMessage, f"{writer.user} {number}")
        if dice.random() < 0.3:
            seq = dice.randint(1, number + 1)
            if dice.random() < 0.5:
                await writer.post(ROOM, calls.EditMessage, seq, f"edited {number}")
            else:
                await writer.post(ROOM, calls.DeleteMessage, seq)
        if dice.random() < 0.5:
            await trio.sleep(dice.random() * 0.02)


async def come_later(guest: Guest, seed: int, since_rev: int | None) -> None:
    """Subscribe during the traffic, page by page, and sometimes from the beginning."""
    dice = random.Random(seed)  # noqa: S311
    await trio.sleep(dice.random())
    rev = since_rev
    limit = None if rev is None else dice.choice([1, 3, 200])
    for call in range(1000):
        await guest.call(call, ROOM, calls.Subscribe, "memory", rev, limit)
        result = (await guest.replied(call))["result"]
        assert result["recovered"] is (rev is not None)
        rev = result["nextRev"]
        if not result["hasMore"]:
            if dice.random() < 0.5:
                return
            await trio.sleep(dice.random() * 0.2)
            rev = followed(guest.heard)[0]  # its present rev
            limit = 200
    raise AssertionError("it never came to an end")


@settings(max_examples=15)
@given(seed=st.integers(0, 2**32))
def test_every_session_gets_each_rev_once(seed: int) -> None:
    """Hypothesis also seeds the order in which Trio runs tasks."""
    trio.run(stream, seed, clock=MockClock(autojump_threshold=0))


async def stream(seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311
    store = FaultyStore(
        commit_delay=dice.choice([0, 0.003, 0.02]), read_delay=dice.choice([0, 0.005, 0.05])
    )
    async with open_house(store) as house:
        writers = await house.meet(ROOM, "alice", "bob")
        await writers[0].send(ROOM, "alice -1")
        readers = [
            (guest, dice.choice([None, 0, 1])) for guest in await house.guests(*["carol"] * 4)
        ]
        await readers[0][0].join(ROOM)
        async with trio.open_nursery() as nursery:
            for number, writer in enumerate(writers):
                nursery.start_soon(talk, house, writer, 60, seed + number)
            for number, (guest, since_rev) in enumerate(readers):
                nursery.start_soon(come_later, guest, seed + number, since_rev)
        await house.settle()
        for guest, since_rev in readers:
            await assert_all_heard(guest, store, since_rev)
        everything = await log_of(store)
        assert [message.seq for message in everything] == list(range(1, len(everything) + 1))
        for writer in writers:
            own = [m.text for m in everything if m.sender == writer.user and not m.edited_at]
            numbers = [int(text.split()[1]) for text in own if text]
            assert numbers == sorted(numbers)


@pytest.mark.parametrize("since_rev", [None, 0])
@pytest.mark.usefixtures("no_message_cache")
async def test_more_changes_than_are_cached_while_a_page_is_read(
    since_rev: int | None, house: House, store: FaultyStore
) -> None:
    alice, bob = await house.meet(ROOM, "alice", "bob")
    await alice.send(ROOM, "the first")
    store.read_delay = 10
    house.nursery.start_soon(come_later, bob, 1, since_rev)
    await trio.sleep(5)
    await alice.send_together(ROOM, *map(str, range(MAX_CHANGES + 1)))
    assert [frame for frame in bob.heard if "id" in frame] == []
    store.read_delay = 0.01
    await trio.sleep(100)
    await alice.send(ROOM, "the last")
    await house.settle()
    await assert_all_heard(bob, store, since_rev)


@pytest.mark.usefixtures("no_message_cache")
async def test_as_many_changes_as_are_cached_need_no_second_read(
    house: House, store: FaultyStore
) -> None:
    alice, bob = await house.meet(ROOM, "alice", "bob")
    store.read_delay = 10
    await bob.call(1, ROOM, calls.Subscribe, None, None, None)
    await trio.sleep(5)
    await alice.send_together(ROOM, *map(str, range(MAX_CHANGES)))
    await trio.sleep(20)
    assert store.reads == 1
    rev, messages = followed(bob.heard)
    assert rev == len(messages) == MAX_CHANGES


@pytest.mark.usefixtures("no_message_cache")
async def test_a_room_that_stays_too_busy_refuses(house: House, store: FaultyStore) -> None:
    alice, bob = await house.meet(ROOM, "alice", "bob")

    async def flood() -> None:
        while True:
            for _ in range(MAX_CHANGES + 1):
                await alice.post(ROOM, calls.SendMessage, "spam")
            await trio.sleep(1)

    store.read_delay = 2
    async with trio.open_nursery() as nursery:
        nursery.start_soon(flood)
        assert reason(await bob.subscribe(ROOM)) == "busy"
        nursery.cancel_scope.cancel()
    store.read_delay = 0
    assert (await bob.subscribe(ROOM)).recovered is False


async def test_a_reply_waits_for_the_commit_that_its_page_shows(
    house: House, store: FaultyStore
) -> None:
    """The store is ahead of the room until a commit returns. No event may come twice."""
    alice, bob = await house.meet(ROOM, "alice", "bob")
    store.commit_delay = 5
    await alice.post(ROOM, calls.SendMessage, "hello")
    await trio.sleep(1)
    answer = await bob.post(ROOM, calls.Subscribe, None, None, None)
    await trio.sleep(3)
    assert not answer.given.is_set()
    assert (await answer.wait()).head_rev == 1
    await house.settle()
    assert bob.revs() == []
