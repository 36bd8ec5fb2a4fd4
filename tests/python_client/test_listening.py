"""Events and views. A slow listener gets every event once; a view equals the server's state."""

import random

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from chatroom.client import (
    Chat,
    ConnectionChanged,
    MemberChanged,
    Message,
    MessageChanged,
    NewMessage,
    Presence,
    Resynced,
    Room,
    TokenExpiring,
    Typing,
    Unread,
)

from .network import Network, messages, next_of


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


async def history(chat: Chat, room: str) -> dict[int, Message]:
    found = dict[int, Message]()
    page = await chat.history(room, after=0, limit=200)
    while page.messages:
        found |= {message.seq: message for message in page.messages}
        page = await chat.history(room, after=page.messages[-1].seq, limit=200)
    return found


@pytest.mark.parametrize("size", [1, 2, 10])
async def test_a_slow_listener(network: Network, autojump_clock: MockClock, size: int) -> None:
    """It reads nothing during 500 events, then a few at a time."""
    async with network.chat("alice") as alice, network.chat("bob", buffer=size) as bob:
        for chat in (alice, bob):
            await chat.join("general")
        [*_, wire] = network.wires
        for seed in range(5):
            await talk_at_random(alice, seed, 100)
            # Its calls are answered meanwhile, and the buffer stays bounded.
            assert (await bob.history("general", limit=1)).messages
            assert bob._buffer._logged <= size
            assert len(bob._buffer._queue) <= size + 20
            assert len(bob._session.subscriptions["general"].sync.ahead) <= 200
        log = await history(alice, "general")
        told = dict[int, Message]()
        last = 0
        while told != log:
            match await anext(bob.events()):
                case NewMessage(message):
                    assert message.seq == last + 1
                    last = message.seq
                    told[message.seq] = message
                case MessageChanged(message):
                    assert message.rev > told[message.seq].rev
                    told[message.seq] = message
                case (
                    Resynced()
                    | Unread()
                    | Typing()
                    | Presence()
                    | MemberChanged()
                    | ConnectionChanged()
                    | TokenExpiring()
                ):
                    pass  # not part of the log
            await trio.sleep(0.1)
        await wait_all_tasks_blocked()
        assert bob._buffer._logged == 0
        assert network.wires[-1] is wire, "nobody had to reconnect for it"


async def test_a_view_is_what_the_server_has(network: Network, autojump_clock: MockClock) -> None:
    async with (
        network.chat("alice") as alice,
        network.chat("bob", buffer=None) as bob,
    ):
        await alice.join("general")
        room = await bob.join("general")
        for seed in range(6):
            wire = network.wire
            if seed % 2:
                network.down = True
                wire.cut()
            await talk_at_random(alice, seed, 100)
            network.down = False
            await bob.send("general", "here")
            await wait_all_tasks_blocked()
            page = await alice.history("general", limit=200)
            assert list(room.messages.values())[-200:] == list(page.messages)
            assert list(room.messages) == list(range(1, page.head_seq + 1))
            assert room.head_seq == page.head_seq
            assert room.last == page.messages[-1]


async def test_a_view_starts_with_the_latest(network: Network, autojump_clock: MockClock) -> None:
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


async def test_a_view_at_the_moment_of_the_event(
    network: Network, autojump_clock: MockClock
) -> None:
    """When a listener receives an event, the view contains its effect, however slow it is."""
    async with network.chat("alice") as alice, network.chat("bob", buffer=3) as bob:
        await alice.join("general")
        room = await bob.join("general")
        for number in range(20):
            await alice.send("general", f"{number}")
        await wait_all_tasks_blocked()
        assert list(room.messages) == [1, 2, 3]
        for message in await messages(bob, 20):
            assert room.messages[message.seq] == message
        assert list(room.messages) == list(range(1, 21))


async def test_a_removed_member_is_told(network: Network, autojump_clock: MockClock) -> None:
    async with network.chat("alice") as alice, network.chat("bob") as bob:
        for chat in (alice, bob):
            for room in ("general", "other"):
                await chat.join(room)
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


async def test_who_inherits_a_room_finds_it_in_the_view(
    network: Network, autojump_clock: MockClock
) -> None:
    async with network.chat("alice") as alice, network.chat("bob") as bob:
        await alice.join("general")
        room = await bob.join("general")
        roles = [room.role]
        await alice.leave("general")
        await wait_all_tasks_blocked()
        roles.append(room.role)
        assert roles == ["member", "owner"]


async def test_unsubscribed_and_back(network: Network, autojump_clock: MockClock) -> None:
    """Messages sent in between are in the new view, but cause no events."""
    async with network.chat("alice") as alice, network.chat("bob") as bob:
        for chat in (alice, bob):
            await chat.join("general")
        await alice.send("general", "one")
        await messages(bob, 1)
        await bob.unsubscribe("general")
        await alice.send("general", "two")
        room = await bob.subscribe("general")
        assert [message.text for message in room.messages.values()] == ["one", "two"]
        await alice.send("general", "three")
        assert [message.text for message in await messages(bob, 1)] == ["three"]


async def test_unsubscribed_while_behind(network: Network, autojump_clock: MockClock) -> None:
    async with network.chat("alice") as alice, network.chat("bob", buffer=1) as bob:
        for chat in (alice, bob):
            for room in ("general", "other"):
                await chat.join(room)
        for number in range(2):
            await alice.send("general", f"{number}")
        await wait_all_tasks_blocked()
        await bob.unsubscribe("general")
        assert [m.seq for m in await messages(bob, 1)] == [1]  # already in the buffer
        await wait_all_tasks_blocked()
        await alice.send("other", "hello")
        assert [m.room for m in await messages(bob, 1)] == ["other"]
        await wait_all_tasks_blocked()
        [line] = network.world.node.registry.of("bob")
        assert line.watching == {"other"}, "nobody subscribed again on the sly"


@pytest.mark.parametrize("asked", ["subscribe", "getHistory"])
async def test_unsubscribed_while_a_page_is_on_its_way(
    network: Network, autojump_clock: MockClock, asked: str
) -> None:
    async with network.chat("alice") as alice, network.chat("bob", buffer=1) as bob:
        for chat in (alice, bob):
            await chat.join("general")
        for number in range(3):
            await alice.send("general", f"{number}")
        if asked == "getHistory":  # the resume alone cannot deliver this in order
            await alice.edit("general", 2, "edited")
        await wait_all_tasks_blocked()
        feed = bob._session.subscriptions["general"].sync
        assert [m.seq for m in await messages(bob, 1)] == [1]
        while asked == "getHistory" and not feed.hole:
            await trio.lowlevel.checkpoint()
        network.wire.mute()
        await wait_all_tasks_blocked()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(bob.unsubscribe, "general")
            await wait_all_tasks_blocked()
            network.wire.unmute()
        await bob.list_rooms()
        assert bob._buffer._logged == 0


async def test_two_that_subscribe_at_once_get_one_view(
    network: Network, autojump_clock: MockClock
) -> None:
    async with network.chat("alice") as alice:
        await alice.join("general")
        await alice.unsubscribe("general")
        rooms = list[Room]()

        async def subscribe() -> None:
            rooms.append(await alice.subscribe("general"))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(subscribe)
            nursery.start_soon(subscribe)
        assert rooms[0] is rooms[1] is alice.room("general")


async def test_who_is_there(network: Network, autojump_clock: MockClock) -> None:
    async with network.chat("alice") as alice:
        room = await alice.join("general")
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


async def test_who_is_there_is_not_told_of_large_rooms(
    nursery: trio.Nursery, autojump_clock: MockClock
) -> None:
    """Presence in a small room does not count for the large one."""
    network = await Network.start(nursery, rate_limits="off", presence_members=2)
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


def test_who_leaves_is_neither_there_nor_typing() -> None:
    room = Room("general", online={"alice", "bob"})
    room.apply_transient(Typing("general", "bob", True))
    room.apply_transient(MemberChanged("general", "bob", None))
    assert (room.online, room.typing) == ({"alice"}, set())


def test_a_view_keeps_so_much_and_no_more() -> None:
    room = Room("general")
    for seq in range(1, 1502):
        room.apply(NewMessage(Message("general", seq, seq, "alice", "hello", 0)))
    assert list(room.messages) == list(range(502, 1502))
