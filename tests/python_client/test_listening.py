"""Events and views. A slow listener gets every event once; a view equals the server's state."""

import random

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from chatroom.client import Chat, MemberChanged, Message, NewMessage, Presence, Room, Typing

from .network import Heard, Network, StartNetwork, log_of, messages, next_of


async def talk_at_random(chat: Chat, seed: int, count: int) -> None:
    """Send, edit and delete at random, one after another."""
    choose = random.Random(seed)  # noqa: S311 - a test repeats
    texts = dict[int, str]()
    for number in range(count):
        what = choose.choice(["send", "send", "edit", "delete"])
        if what == "send" or not texts:
            sent = await chat.send("general", f"{number}")
            texts[sent.seq] = f"{number}"
        elif what == "edit":
            await chat.edit("general", choose.choice(list(texts)), f"edited {number}")
        else:
            seq = choose.choice(list(texts))
            await chat.delete("general", seq)
            del texts[seq]


@pytest.mark.parametrize("size", [1, 2, 10])
async def test_a_slow_listener_gets_each_event_once(network: Network, size: int) -> None:
    """It reads nothing during 500 events, then a few at a time."""
    async with network.meet("alice", "bob", buffer=size) as [alice, bob]:
        [*_, wire] = network.wires
        for seed in range(5):
            await talk_at_random(alice, seed, 100)
            # Its calls are answered meanwhile, and the buffer stays bounded.
            assert (await bob.history("general", limit=1)).messages
            assert bob._buffer._logged <= size
            assert len(bob._buffer._queue) <= size + 20
            assert len(bob._session.subscriptions["general"].sync.ahead) <= 200
        log, heard = await log_of(alice, "general"), Heard()
        while heard.rooms["general"] != log:
            heard.take(await anext(bob.events()))
            await trio.sleep(0.1)
        await wait_all_tasks_blocked()
        assert bob._buffer._logged == 0
        assert network.wires[-1] is wire, "nobody had to reconnect for it"


async def test_a_view_equals_the_log(network: Network) -> None:
    async with network.meet("alice", "bob", buffer=None) as [alice, bob]:
        room = bob.room("general")
        for seed in range(6):
            if seed % 2:
                network.go_down()
            await talk_at_random(alice, seed, 100)
            network.down = False
            await bob.send("general", "here")
            await wait_all_tasks_blocked()
            page = await alice.history("general", limit=200)
            assert list(room.messages.values())[-200:] == list(page.messages)
            assert list(room.messages) == list(range(1, page.head_seq + 1))
            assert room.head_seq == page.head_seq
            assert room.last == page.messages[-1]


async def test_a_view_starts_with_the_latest_messages(network: Network) -> None:
    async with network.chat("alice") as alice, network.chat("bob", buffer=None) as bob:
        await alice.join("general")
        assert alice.room("general").last is None
        for number in range(60):
            await alice.send("general", f"{number}")
        room = await bob.join("general")
        assert list(room.messages) == list(range(11, 61))
        # The edit of a message older than the view does not appear in it.
        await alice.edit("general", 3, "edited")
        await alice.edit("general", 60, "edited")
        await wait_all_tasks_blocked()
        assert list(room.messages) == list(range(11, 61))
        assert room.messages[60].text == "edited"


async def test_a_view_contains_the_effect_of_each_event_heard(network: Network) -> None:
    async with network.meet("alice", "bob", buffer=3) as [alice, bob]:
        room = bob.room("general")
        for number in range(20):
            await alice.send("general", f"{number}")
        await wait_all_tasks_blocked()
        assert list(room.messages) == [1, 2, 3]
        for message in await messages(bob, 20):
            assert room.messages[message.seq] == message
        assert list(room.messages) == list(range(1, 21))


async def test_removal_is_an_event_and_drops_the_view(network: Network) -> None:
    async with network.meet("alice", "bob") as [alice, bob]:
        for chat in (alice, bob):
            await chat.join("other")
        await bob.unsubscribe("other")
        for room in ("general", "other"):
            await alice.remove_member(room, "bob")
        gone = list[str]()
        while len(gone) < 2:
            changed = await next_of(bob, MemberChanged)
            if changed.role is None:
                assert changed.user == "bob"
                gone.append(changed.room)
        assert gone == ["general", "other"]
        with pytest.raises(KeyError):
            bob.room("general")
        # After joining again, the view is empty.
        assert (await bob.join("general")).messages == {}


async def test_a_view_has_the_new_role_of_its_user(network: Network) -> None:
    async with network.meet("alice", "bob") as [alice, bob]:
        roles = [bob.room("general").role]
        await alice.leave("general")
        await wait_all_tasks_blocked()
        assert [*roles, bob.room("general").role] == ["member", "owner"]


async def test_a_second_subscription_has_a_new_view(network: Network) -> None:
    """Messages sent in between are in the new view, but cause no events."""
    async with network.meet("alice", "bob") as [alice, bob]:
        await alice.send("general", "one")
        await messages(bob, 1)
        await bob.unsubscribe("general")
        await alice.send("general", "two")
        room = await bob.subscribe("general")
        assert [message.text for message in room.messages.values()] == ["one", "two"]
        await alice.send("general", "three")
        assert [message.text for message in await messages(bob, 1)] == ["three"]


async def test_a_room_that_is_behind_can_be_unsubscribed(network: Network) -> None:
    async with network.meet("alice", "bob", buffer=1) as [alice, bob]:
        for chat in (alice, bob):
            await chat.join("other")
        for number in range(2):
            await alice.send("general", f"{number}")
        await wait_all_tasks_blocked()
        await bob.unsubscribe("general")
        assert [m.seq for m in await messages(bob, 1)] == [1]  # already in the buffer
        await wait_all_tasks_blocked()
        await alice.send("other", "hello")
        assert [m.room for m in await messages(bob, 1)] == ["other"]
        await wait_all_tasks_blocked()
        [session] = network.world.node.registry.of("bob")
        assert session.watching == {"other"}


@pytest.mark.parametrize("call", ["subscribe", "getHistory"])
async def test_a_page_in_transit_after_unsubscribing_is_ignored(
    network: Network, call: str
) -> None:
    async with network.meet("alice", "bob", buffer=1) as [alice, bob]:
        for number in range(3):
            await alice.send("general", f"{number}")
        if call == "getHistory":  # the resume alone cannot deliver this in order
            await alice.edit("general", 2, "edited")
        await wait_all_tasks_blocked()
        sync = bob._session.subscriptions["general"].sync
        assert [m.seq for m in await messages(bob, 1)] == [1]
        while call == "getHistory" and not sync.hole:
            await trio.lowlevel.checkpoint()
        network.wire.pause()
        await wait_all_tasks_blocked()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(bob.unsubscribe, "general")
            await wait_all_tasks_blocked()
            network.wire.resume()
        await bob.list_rooms()
        assert bob._buffer._logged == 0


async def test_concurrent_subscriptions_get_one_view(network: Network) -> None:
    async with network.meet("alice") as [alice]:
        await alice.unsubscribe("general")
        rooms = list[Room]()

        async def subscribe() -> None:
            rooms.append(await alice.subscribe("general"))

        async with trio.open_nursery() as nursery:
            for _ in range(2):
                nursery.start_soon(subscribe)
        assert rooms[0] is rooms[1] is alice.room("general")


async def test_a_view_shows_presence_and_typing(network: Network) -> None:
    async with network.meet("alice") as [alice]:
        room = alice.room("general")
        assert room.online == {"alice"}
        async with network.chat("bob") as bob:
            await bob.join("general")
            await wait_all_tasks_blocked()
            assert room.online == {"alice", "bob"}
            await bob.set_typing("general", True)
            assert await next_of(alice, Typing) == Typing("general", "bob", True)
            assert room.typing == {"bob"}
            await bob.send("general", "hello")
            assert room.typing == set()
        while await next_of(alice, Presence) != Presence("bob", online=False):
            pass
        assert room.online == {"alice"}


async def test_presence_in_a_small_room_does_not_count_for_a_large_one(
    start_network: StartNetwork,
) -> None:
    network = await start_network(rate_limits="off", presence_members=2)
    async with network.chat("alice") as alice, network.chat("carol") as carol:
        await carol.join("large")
        async with network.chat("bob") as bob:
            for room in ("large", "small"):
                await bob.join(room)
        await trio.sleep(60)
        large, small = await alice.join("large"), await alice.join("small")
        assert (large.online, small.online) == (set(), {"alice"})
        async with network.chat("bob"):
            await next_of(alice, Presence)
            assert (large.online, small.online) == (set(), {"alice", "bob"})


def test_typing_ends_by_itself() -> None:
    """The server sends no event when a person merely stops typing."""
    now = 100.0
    room = Room("general", clock=lambda: now)
    room.apply_transient(Typing("general", "bob", True))
    now += 5.9
    assert room.typing == {"bob"}
    now += 0.2
    assert room.typing == set()


def test_typing_in_a_thread_is_not_in_the_main_log() -> None:
    room = Room("general")
    room.apply_transient(Typing("general", "bob", True, thread=7))
    room.apply_transient(Typing("general", "carol", True))
    assert (room.typing, room.typing_in(7), room.typing_in(8)) == ({"carol"}, {"bob"}, set())


def test_a_member_who_leaves_is_neither_online_nor_typing() -> None:
    room = Room("general", online={"alice", "bob"})
    room.apply_transient(Typing("general", "bob", True))
    room.apply_transient(MemberChanged("general", "bob", None))
    assert (room.online, room.typing) == ({"alice"}, set())


def test_a_view_keeps_a_thousand_messages() -> None:
    room = Room("general")
    for seq in range(1, 1502):
        room.apply(NewMessage(Message("general", seq, seq, "alice", "hello", 0)))
    assert list(room.messages) == list(range(502, 1502))
