"""Ephemeral events through sessions: presence and typing. And several sessions of one person."""

import pytest
import trio
from trio.testing import MockClock

from ..client import Client
from .node_harness import World

GRACE_S = 5


async def enter(*clients: Client) -> None:
    for client in clients:
        await client.call("joinRoom", room="general")
    for client in clients:
        await client.call("subscribe", room="general")
    for client in clients:
        await client.call("getInbox")
        client.untaken.clear()


async def test_coming_and_going(world: World, autojump_clock: MockClock) -> None:
    async with world.session("alice") as alice:
        await enter(alice)
        async with world.session("bob") as bob:
            await trio.sleep(1)
            assert alice.pending("presence") == []  # bob is not a member yet
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
            await trio.sleep(1)
            assert alice.pending("presence") == []


@pytest.mark.config(presence_members=2)
async def test_large_rooms_are_not_told(world: World, autojump_clock: MockClock) -> None:
    async with world.session("alice") as alice:
        async with world.sessions("bob", "carol") as others:
            await enter(alice, *others)
            online = (await alice.call("subscribe", room="general"))["online"]
            assert online == {"count": 3}
        await trio.sleep(2 * GRACE_S)
        assert alice.pending("presence") == []


@pytest.mark.parametrize("how", ["sendMessage", "unsubscribe", "leaveRoom", "ban", "going"])
async def test_what_ends_typing(world: World, autojump_clock: MockClock, how: str) -> None:
    async with world.session("bob") as bob, world.session("alice") as alice:
        await enter(bob, alice)
        await alice.call("setTyping", room="general", typing=True)
        await bob.event("typing", typing=True)
        if how == "going":
            await alice.cut()
        elif how == "ban":
            await bob.call("ban", room="general", user="alice")
        else:
            text = {"text": "done"} if how == "sendMessage" else {}
            await alice.call(how, room="general", **text)
        ended = await bob.event("typing")
        assert ended == {"room": "general", "user": "alice", "typing": False}
        await trio.sleep(10)
        assert bob.pending("typing") == []
        if how == "sendMessage":  # typing ends before the message arrives
            methods = [frame.get("method") for frame in bob.frames]
            assert methods.index("newMessage") == len(methods) - 1


async def test_reading_and_leaving_in_all_sessions(world: World, autojump_clock: MockClock) -> None:
    async with world.sessions("alice", "alice", "bob") as (desk, phone, bob):
        await enter(desk, bob)
        await phone.event("unread", unread=0)
        await bob.call("sendMessage", room="general", text="hello @alice")
        await phone.event("unread", unread=1, mentions=1)
        entry = await phone.call("markRead", room="general", seq=1)
        assert (entry["unread"], entry["mentions"], entry["readSeq"]) == (0, 0, 1)
        for client in (desk, phone):  # whether or not they watch the room
            await client.event("unread", unread=0, mentions=0, readSeq=1)
        await phone.call("leaveRoom", room="general")
        gone = {"room": "general", "user": "alice", "role": None}
        for client in (desk, phone, bob):
            assert await client.event("memberChanged", role=None) == gone
        desk.untaken.clear()
        phone.untaken.clear()
        await bob.call("sendMessage", room="general", text="in private")
        await trio.sleep(1)
        assert desk.pending() == phone.pending() == []
        assert (await desk.refused("getHistory", room="general")).reason == "forbidden"
