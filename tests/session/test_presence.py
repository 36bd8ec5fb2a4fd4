"""Ephemeral events: presence and typing. And several sessions of one person."""

from typing import Literal, TypeAlias, assert_never, get_args

import pytest
import trio
from trio.testing import MockClock

from ..client import Client
from .node_harness import World

GRACE_S = 5


async def enter(*clients: Client, room: str = "general") -> None:
    for client in clients:
        await client.call("joinRoom", room=room)
    for client in clients:
        await client.call("subscribe", room=room)
    for client in clients:
        await client.call("getInbox")
        client.untaken.clear()


async def quiet(*clients: Client) -> list[str]:
    """Wait until nothing is in transit, and return the ephemeral events received."""
    await trio.sleep(1)
    events = [event for client in clients for event in client.pending("presence", "typing")]
    return [event["method"] for event in events]


# ---- presence


async def test_coming_and_going(world: World, autojump_clock: MockClock) -> None:
    async with world.session("alice") as alice:
        await enter(alice)
        async with world.session("bob") as bob:
            # Bob is not a member yet.
            assert await quiet(alice) == []
            await bob.call("joinRoom", room="general")
            assert await alice.event("presence") == {"user": "bob", "online": True}
            online = (await bob.call("subscribe", room="general"))["online"]
            assert online == {"count": 2, "users": ["alice", "bob"]}
        left = trio.current_time()
        assert await alice.event("presence") == {"user": "bob", "online": False}
        assert GRACE_S <= trio.current_time() - left <= GRACE_S + 1
        members = (await alice.call("listMembers", room="general"))["members"]
        assert {member["user"]: member["online"] for member in members} == {
            "alice": True,
            "bob": False,
        }
        async with world.session("bob"):
            assert await alice.event("presence") == {"user": "bob", "online": True}
            online = (await alice.call("subscribe", room="general"))["online"]
            assert online == {"count": 2, "users": ["alice", "bob"]}


async def test_coming_back_in_time_says_nothing(world: World, autojump_clock: MockClock) -> None:
    async with world.session("alice") as alice:
        async with world.session("bob") as bob:
            await enter(alice, bob)
        for _ in range(3):
            await trio.sleep(GRACE_S - 2)
            members = (await alice.call("listMembers", room="general"))["members"]
            assert all(member["online"] for member in members)
            async with world.session("bob"):
                await trio.sleep(GRACE_S + 1)
            assert await quiet(alice) == []
        assert await alice.event("presence") == {"user": "bob", "online": False}
        assert await quiet(alice) == []


async def test_only_the_first_and_the_last_session_count(
    world: World, autojump_clock: MockClock
) -> None:
    async with world.session("alice") as alice:
        async with world.session("bob") as one:
            await enter(alice, one)
            async with world.session("bob") as two:
                await enter(two)
            await trio.sleep(2 * GRACE_S)
            assert await quiet(alice) == []
        assert await alice.event("presence") == {"user": "bob", "online": False}


async def test_it_is_told_once_and_only_where_one_watches(
    world: World, autojump_clock: MockClock
) -> None:
    async with world.sessions("alice", "carol", "dave") as (alice, carol, dave):
        async with world.session("bob") as bob:
            for room in ("one", "two"):
                await enter(alice, bob, room=room)
            await carol.call("joinRoom", room="one")  # carol does not watch it
            await enter(dave, room="other")
            await quiet(alice, carol, dave)
            for client in (alice, carol, dave):
                client.untaken.clear()
        assert await alice.event("presence") == {"user": "bob", "online": False}
        assert await quiet(alice, carol, dave) == []


async def test_large_rooms_are_not_told(nursery: trio.Nursery, autojump_clock: MockClock) -> None:
    world = await World.start(nursery, presence_members=2)
    async with world.sessions("alice", "bob") as (alice, bob):
        await enter(alice, bob)
        async with world.session("carol") as carol:
            await enter(carol)
            online = (await alice.call("subscribe", room="general"))["online"]
            assert online == {"count": 3}
        await trio.sleep(2 * GRACE_S)
        assert await quiet(alice, bob) == []


# ---- typing


async def test_typing_is_told_on_change_and_not_to_oneself(
    world: World, autojump_clock: MockClock
) -> None:
    async with world.sessions("alice", "alice", "bob", "carol") as (alice, other, bob, carol):
        await carol.call("joinRoom", room="general")
        await enter(alice, other, bob)
        for typing in (True, True, False, False, True):
            await alice.call("setTyping", room="general", typing=typing)
        expected = [
            {"room": "general", "user": "alice", "typing": typing} for typing in (True, False, True)
        ]
        assert [await bob.event("typing") for _ in expected] == expected
        # Carol does not watch the room.
        assert await quiet(alice, other, bob, carol) == []


async def test_typing_that_goes_on_is_told_again_after_a_while(
    world: World, autojump_clock: MockClock
) -> None:
    """Clients drop a ``typing`` event after 6 s, and the server repeats it only on a new call."""
    async with world.sessions("alice", "bob") as (alice, bob):
        await enter(alice, bob)
        await alice.call("setTyping", room="general", typing=True)
        await bob.event("typing", typing=True)
        await trio.sleep(60)
        assert await quiet(bob) == []
        await alice.call("setTyping", room="general", typing=True)
        await bob.event("typing", typing=True)


How: TypeAlias = Literal["sending", "unsubscribing", "leaving", "going", "banned"]


@pytest.mark.parametrize("how", get_args(How))
async def test_what_ends_typing(world: World, autojump_clock: MockClock, how: How) -> None:
    async with world.session("bob") as bob, world.session("alice") as alice:
        await enter(bob, alice)
        await alice.call("setTyping", room="general", typing=True)
        await bob.event("typing", typing=True)
        match how:
            case "sending":
                await alice.call("sendMessage", room="general", text="done")
            case "unsubscribing":
                await alice.call("unsubscribe", room="general")
            case "leaving":
                await alice.call("leaveRoom", room="general")
            case "going":
                await alice.cut()
            case "banned":
                await bob.call("ban", room="general", user="alice")
            case _:
                assert_never(how)
        ended = await bob.event("typing")
        assert ended == {"room": "general", "user": "alice", "typing": False}
        await trio.sleep(10)
        assert bob.pending("typing") == []
        if how == "sending":  # typing ends before the message arrives
            methods = [frame.get("method") for frame in bob.frames]
            assert methods.index("newMessage") == len(methods) - 1


async def test_typing_goes_on_with_another_session(world: World, autojump_clock: MockClock) -> None:
    async with world.sessions("bob", "alice") as (bob, alice), world.session("alice") as other:
        await enter(bob, alice, other)
        await alice.call("setTyping", room="general", typing=True)
        await bob.event("typing", typing=True)
        await other.cut()
        assert await quiet(bob) == []


# ---- several sessions of one person


async def test_each_session_hears_what_it_watches(world: World, autojump_clock: MockClock) -> None:
    async with world.sessions("alice", "alice", "bob") as (desk, phone, bob):
        await enter(desk, bob)
        await bob.call("sendMessage", room="general", text="hello")
        assert (await desk.event("newMessage"))["text"] == "hello"
        # The phone does not watch the room, so it gets the unread count.
        entry = await phone.event("unread", unread=1)
        assert entry["lastMessage"]["text"] == "hello"
        await phone.call("sendMessage", room="general", text="from the phone")
        for client in (desk, bob):
            assert (await client.event("newMessage", sender="alice"))["seq"] == 2
        await quiet(desk, phone)
        assert desk.pending("unread") == []
        assert phone.pending("newMessage") == []


async def test_reading_on_one_is_reading_on_all(world: World, autojump_clock: MockClock) -> None:
    async with world.sessions("alice", "alice", "bob") as (desk, phone, bob):
        await enter(desk, bob)
        await phone.event("unread", unread=0)
        await bob.call("sendMessage", room="general", text="hello @alice")
        await phone.event("unread", unread=1, mentions=1)
        entry = await phone.call("markRead", room="general", seq=1)
        assert (entry["unread"], entry["mentions"], entry["readSeq"]) == (0, 0, 1)
        for client in (desk, phone):  # whether or not they watch the room
            await client.event("unread", unread=0, mentions=0, readSeq=1)
        await desk.call("setNotifications", room="general", level="none")
        for client in (desk, phone):
            await client.event("unread", notifications="none")
        # A smaller seq has no effect and causes no event.
        entry = await phone.call("markRead", room="general", seq=0)
        assert entry["readSeq"] == 1
        await quiet(desk, phone)
        assert desk.pending("unread") == phone.pending("unread") == []
        assert bob.pending("unread") == []


async def test_leaving_is_leaving_on_all(world: World, autojump_clock: MockClock) -> None:
    async with world.sessions("alice", "alice", "bob") as (desk, phone, bob):
        await enter(desk, phone, bob)
        await phone.call("leaveRoom", room="general")
        gone = {"room": "general", "user": "alice", "role": None}
        for client in (desk, phone, bob):
            assert await client.event("memberChanged") == gone
        await bob.call("sendMessage", room="general", text="in private")
        await quiet(desk, phone)
        assert desk.pending() == phone.pending() == []
        assert (await desk.refused("getHistory", room="general")).reason == "forbidden"


async def test_a_reply_comes_before_its_own_event(world: World, autojump_clock: MockClock) -> None:
    async with world.session("alice") as alice:
        await enter(alice)
        calls = [
            await alice.begin("sendMessage", room="general", text=f"{number}")
            for number in range(20)
        ]
        for call in calls:
            await alice.reply(call)
        await alice.call("getInbox")
        replied: set[int] = set()
        for frame in alice.frames:
            if frame.get("method") == "newMessage":
                assert frame["params"]["seq"] in replied
            elif "seq" in frame.get("result", {}):
                replied.add(frame["result"]["seq"])
        assert replied == set(range(1, 21))
        told = [event["params"] for event in alice.pending("newMessage")]
        assert [message["text"] for message in told] == [f"{number}" for number in range(20)]
        assert [message["rev"] for message in told] == list(range(1, 21))
