"""Concurrent calls of one session take effect in the order of their arrival."""

import pytest
import trio
from trio.testing import MockClock

from .node_harness import World


@pytest.fixture
async def world(nursery: trio.Nursery) -> World:
    return await World.start(nursery, rate_limits="off")


async def test_unsubscribing_right_after_subscribing(
    world: World, autojump_clock: MockClock
) -> None:
    async with world.sessions("alice", "bob") as (alice, bob):
        for client in (alice, bob):
            await client.call("joinRoom", room="general")
        for _ in range(10):
            calls = [
                await bob.begin(method, room="general") for method in ("subscribe", "unsubscribe")
            ]
            for call in calls:
                await bob.reply(call)
            sent = await alice.call("sendMessage", room="general", text="hello")
            await bob.event("unread", headSeq=sent["seq"])
        assert bob.pending("newMessage") == []


async def test_subscribing_right_after_unsubscribing(
    world: World, autojump_clock: MockClock
) -> None:
    async with world.sessions("alice", "bob") as (alice, bob):
        for client in (alice, bob):
            await client.call("joinRoom", room="general")
        await bob.call("subscribe", room="general")
        for _ in range(10):
            calls = [
                await bob.begin(method, room="general") for method in ("unsubscribe", "subscribe")
            ]
            for call in calls:
                await bob.reply(call)
            sent = await alice.call("sendMessage", room="general", text="hello")
            await bob.event("newMessage", seq=sent["seq"])


async def test_typing_on_and_off(world: World, autojump_clock: MockClock) -> None:
    async with world.sessions("alice", "bob") as (alice, bob):
        for client in (alice, bob):
            await client.call("joinRoom", room="general")
        await bob.call("subscribe", room="general")
        for _ in range(10):
            calls = [
                await alice.begin("setTyping", room="general", typing=typing)
                for typing in (True, False)
            ]
            for call in calls:
                await alice.reply(call)
        await trio.sleep(1)
        typing = [event["params"]["typing"] for event in bob.pending("typing")]
        assert typing == [True, False] * 10


async def test_typing_is_over_when_the_message_is_sent(
    world: World, autojump_clock: MockClock
) -> None:
    async with world.sessions("alice", "bob") as (alice, bob):
        for client in (alice, bob):
            await client.call("joinRoom", room="general")
        await bob.call("subscribe", room="general")
        world.store.commit_delay = 0.1
        calls = [await alice.begin("sendMessage", room="general", text="first")]
        await trio.sleep(0.05)
        # Both wait for the first commit, so the room handles them in one batch.
        calls.append(await alice.begin("setTyping", room="general", typing=True))
        calls.append(await alice.begin("sendMessage", room="general", text="second"))
        for call in calls:
            await alice.reply(call)
        await trio.sleep(1)
        typing = [event["params"]["typing"] for event in bob.pending("typing")]
        assert typing in ([], [True, False])


async def test_a_session_sees_what_it_did_before(world: World, autojump_clock: MockClock) -> None:
    async with world.session("alice") as alice:
        world.store.commit_delay = 0.1
        joined = await alice.begin("joinRoom", room="general")
        sent = await alice.begin("sendMessage", room="general", text="hello")
        read = await alice.begin("getHistory", room="general")
        deleted = await alice.begin("deleteMessage", room="general", seq=1)
        left = await alice.begin("leaveRoom", room="general")
        late = await alice.begin("sendMessage", room="general", text="too late")
        assert (await alice.reply(joined))["created"] is True
        assert (await alice.reply(sent))["seq"] == 1
        assert (await alice.reply(read))["headSeq"] == 1
        assert (await alice.reply(deleted))["rev"] == 2
        assert await alice.reply(left) == {}
        with pytest.raises(Exception, match=r"^forbidden"):
            await alice.reply(late)
