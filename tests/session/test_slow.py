"""Slow readers: memory for them is bounded, no other session waits, and nothing is lost."""

import json
from contextlib import suppress
from typing import Any

import pytest
import trio
from trio.testing import MockClock
from trio_websocket import ConnectionClosed

from ..client import Client
from ..wire.clients import TEXT as TEXT_FRAME
from ..wire.clients import UPGRADE, client_frame, head
from .node_harness import World

TEXT = "\U0001f600" * 3990
"""16,000 bytes."""
OUTBOX_BYTES = 3 << 20
"""The minimum of the setting."""
MANY = 250
"""This many messages exceed an outbox."""
SOME = 130
"""This many messages fill an outbox more than half."""


@pytest.fixture
async def world(nursery: trio.Nursery) -> World:
    world = await World.start(nursery, rate_limits="off", outbox_bytes=OUTBOX_BYTES)
    async with world.session("alice") as alice:
        await alice.call("joinRoom", room="general")
    return world


async def send_many(client: Client, count: int) -> None:
    calls = []
    for number in range(count):
        text = f"{number} {TEXT}"
        calls.append(await client.begin("sendMessage", room="general", text=text))
    for call in calls:
        await client.reply(call)


async def resumed(client: Client, epoch: str, rev: int) -> list[dict[str, Any]]:
    """Return all messages after that rev, page by page."""
    messages = []
    while True:
        page = await client.call("subscribe", room="general", epoch=epoch, sinceRev=rev, limit=50)
        assert page["recovered"] is True
        messages += page["messages"]
        rev = page["nextRev"]
        if not page["hasMore"]:
            assert rev == page["headRev"]
            return messages


async def test_a_reader_that_stands_still(world: World, autojump_clock: MockClock) -> None:
    async with (
        world.session("bob", lockstep=True) as slow,
        world.sessions("alice", "carol") as (alice, carol),
    ):
        for client in (slow, carol):
            await client.call("joinRoom", room="general")
            await client.call("subscribe", room="general")
        [session] = world.node.registry.of("bob")
        slow.pause()
        started = trio.current_time()
        await send_many(alice, MANY)
        assert session.ending == 4008
        # Frames that will not be sent are dropped.
        assert sum(map(len, session.outbox._frames)) == 0
        # No other session was delayed.
        assert trio.current_time() == started
        for seq in range(1, MANY + 1):
            assert (await carol.event("newMessage"))["seq"] == seq
        # The connection is cut after some time without progress.
        await trio.sleep(20)
        assert len(world.node.sessions) == 2
        slow.resume()
        assert await slow.wait_closed() in (4008, 1006)
        seen = max((event["params"]["rev"] for event in slow.pending("newMessage")), default=0)
        assert seen < MANY
        async with world.session("bob") as again:
            messages = await resumed(again, slow.connected["epoch"], seen)
            assert [message["seq"] for message in messages] == list(range(seen + 1, MANY + 1))
            await alice.call("sendMessage", room="general", text="after all")
            assert (await again.event("newMessage"))["seq"] == MANY + 1


async def test_a_reader_that_trickles_is_not_waited_for(
    world: World, autojump_clock: MockClock
) -> None:
    """It may be slow while it keeps up. After its end, the server does not wait for it."""

    async def trickle() -> None:
        while True:
            await trio.sleep(5)
            if not await stream.receive_some(64 * 1024):
                return

    stream, token = world.stream(lockstep=True), await world.token("bob")
    async with world.session("alice") as alice, trio.open_nursery() as nursery:
        nursery.start_soon(trickle)
        await stream.send_all(head("/ws", UPGRADE))
        for method, params in (
            ("connect", {"token": token}),
            ("joinRoom", {"room": "general"}),
            ("subscribe", {"room": "general"}),
        ):
            call = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
            await stream.send_all(client_frame(TEXT_FRAME, json.dumps(call).encode()))
        await trio.sleep(20)
        assert [session.watching for session in world.node.registry.of("bob")] == [{"general"}]
        await send_many(alice, SOME)
        await trio.sleep(60)
        assert len(world.node.sessions) == 2
        await send_many(alice, MANY)
        await trio.sleep(20)
        assert len(world.node.sessions) == 1


async def test_a_reader_that_wakes_in_time_is_told_why(
    world: World, autojump_clock: MockClock
) -> None:
    async with world.session("bob", lockstep=True) as slow, world.session("alice") as alice:
        await slow.call("joinRoom", room="general")
        await slow.call("subscribe", room="general")
        slow.pause()
        await send_many(alice, MANY)
        await trio.sleep(5)
        slow.resume()
        assert await slow.wait_closed() == 4008


async def test_a_reader_that_is_only_late_loses_nothing(
    world: World, autojump_clock: MockClock
) -> None:
    async with world.session("bob", lockstep=True) as late, world.session("alice") as alice:
        await late.call("joinRoom", room="general")
        await late.call("subscribe", room="general")
        for _ in range(3):
            late.pause()
            await send_many(alice, SOME)
            await trio.sleep(5)
            late.resume()
            for _ in range(SOME):
                await late.event("newMessage")
        revs = [
            frame["params"]["rev"] for frame in late.frames if frame.get("method") == "newMessage"
        ]
        assert revs == list(range(1, 3 * SOME + 1))


async def test_what_is_ephemeral_is_shed_first(world: World, autojump_clock: MockClock) -> None:
    async with world.session("bob", lockstep=True) as slow, world.session("alice") as alice:
        await slow.call("joinRoom", room="general")
        await slow.call("subscribe", room="general")
        slow.pause()
        await send_many(alice, SOME)  # the outbox is more than half full
        for typing in (True, False, True):
            await alice.call("setTyping", room="general", typing=typing)
        await alice.call("sendMessage", room="general", text="the last")
        slow.resume()
        for _ in range(SOME + 1):
            await slow.event("newMessage")
        assert slow.pending("typing") == []
        # With space, typing events are sent again.
        await alice.call("setTyping", room="general", typing=True)
        assert (await slow.event("typing"))["typing"] is True


async def test_asking_for_more_than_one_reads(world: World, autojump_clock: MockClock) -> None:
    """Replies are bounded as events are."""
    async with world.session("bob", lockstep=True) as slow, world.session("alice") as alice:
        await slow.call("joinRoom", room="general")
        await send_many(alice, 200)
        [session] = world.node.registry.of("bob")
        slow.pause()

        async def ask() -> None:
            with suppress(ConnectionClosed):
                for _ in range(20):
                    await slow.begin("getHistory", room="general", limit=200)
                raise AssertionError("all of them were taken")

        async with trio.open_nursery() as nursery:
            nursery.start_soon(ask)
            await trio.sleep(1)
            assert 0 < session.outbox.queued <= OUTBOX_BYTES
        # The connection is cut after some time without progress, and its owner goes offline.
        await trio.testing.wait_all_tasks_blocked()
        assert list(world.node.registry.of("bob")) == []
        await alice.call("getInbox")


async def test_all_sessions_together_hold_no_more_than_they_may(
    nursery: trio.Nursery, autojump_clock: MockClock
) -> None:
    """Pages for many sessions of one account wait for each other; other accounts do not wait."""
    most = 8 << 20
    world = await World.start(nursery, rate_limits="off", all_outboxes_bytes=most)

    async def ask() -> None:
        async with world.session("mallory", lockstep=True) as mallory:
            await mallory.call("joinRoom", room="general")
            mallory.pause()
            for _ in range(3):
                await mallory.begin("getHistory", room="general", limit=200)

    async with world.session("bob") as bob, trio.open_nursery() as readers:
        await bob.call("joinRoom", room="general")
        await send_many(bob, 100)
        for _ in range(10):
            readers.start_soon(ask)
        await trio.sleep(1)
        assert most / 4 < world.node.budget.held <= most / 2 + (1 << 20)
        started = trio.current_time()
        assert len((await bob.call("getHistory", room="general"))["messages"]) == 50
        assert trio.current_time() == started
        readers.cancel_scope.cancel()
    await trio.sleep(20)
    assert world.node.budget.held == 0


async def test_who_reads_all_along_may_ask_for_many_pages_at_once(
    world: World, autojump_clock: MockClock
) -> None:
    """Such as a client that reconnects and subscribes to all of its rooms."""
    async with world.session("bob", lockstep=True) as bob, world.session("alice") as alice:
        await bob.call("joinRoom", room="general")
        await send_many(alice, SOME)
        calls = [await bob.begin("subscribe", room="general") for _ in range(20)]
        for call in calls:
            assert len((await bob.reply(call))["messages"]) == 50


async def test_a_page_is_at_most_a_mebibyte(
    nursery: trio.Nursery, autojump_clock: MockClock
) -> None:
    world = await World.start(nursery, rate_limits="off")
    async with world.session("alice") as alice:
        await alice.call("joinRoom", room="general")
        for _ in range(100):
            await alice.begin("sendMessage", room="general", text="\U0001f600" * 4000)
        await alice.call("getInbox")
        seen: list[int] = []
        more = True
        while more:
            page = await alice.call(
                "getHistory", room="general", after=seen[-1] if seen else 0, limit=200
            )
            assert 0 < sum(len(m["text"].encode()) for m in page["messages"]) <= 1 << 20
            seen += [message["seq"] for message in page["messages"]]
            more = page["hasMoreAfter"]
        assert seen == list(range(1, 101))
        page = await alice.call("getHistory", room="general", limit=200)
        assert page["messages"][-1]["seq"] == 100
        assert page["hasMoreBefore"] is True


# ---- calls in flight


async def test_calls_in_flight_are_bounded(
    nursery: trio.Nursery, autojump_clock: MockClock
) -> None:
    world = await World.start(nursery, rate_limits="off", calls_in_flight=8)
    async with world.sessions("alice", "bob") as (alice, bob):
        for client in (alice, bob):
            await client.call("joinRoom", room="general")
        world.store.commit_delay = 1
        calls = [
            await alice.begin("sendMessage", room="general", text=f"{number}")
            for number in range(100)
        ]
        [session] = world.node.registry.of("alice")
        await trio.sleep(0.5)
        assert len(session.calls) == 8
        # The limit is per session.
        await bob.call("getInbox")
        seqs = [(await alice.reply(call))["seq"] for call in calls]
        assert seqs == list(range(1, 101))
        assert len(session.calls) == 0
        # With eight calls in flight, at least this many commits are needed.
        assert trio.current_time() >= 100 / 8
