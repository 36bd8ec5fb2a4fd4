"""Slow readers: memory for them is bounded, no other session waits, and nothing is lost."""

from collections.abc import AsyncIterator
from typing import TypeAlias

import pytest
import trio
from trio.testing import MockClock

from chatroom.session.session import SILENT_CLOSE_S

from ..client import Client, call_frame
from ..wire.clients import UPGRADE, head
from ..wire.frames import TEXT as TEXT_FRAME
from ..wire.frames import client_frame
from .node_harness import World

Pair: TypeAlias = tuple[Client, Client]
TEXT = "\U0001f600" * 3990
"""16,000 bytes."""
OUTBOX_BYTES = 3 << 20
"""The minimum of the setting."""
MANY = 250
"""This many messages exceed an outbox."""
SOME = 130
"""This many messages fill an outbox more than half."""


pytestmark = pytest.mark.config(rate_limits="off", outbox_bytes=OUTBOX_BYTES)


@pytest.fixture
async def pair(world: World) -> AsyncIterator[Pair]:
    """bob, whose reading a test can pause, watches the room in which alice writes."""
    async with world.session("bob", lockstep=True) as bob, world.session("alice") as alice:
        for client in (alice, bob):
            await client.call("joinRoom", room="general")
        await bob.call("subscribe", room="general")
        yield bob, alice


async def send_many(client: Client, count: int) -> None:
    calls = []
    for number in range(count):
        text = f"{number} {TEXT}"
        calls.append(await client.begin("sendMessage", room="general", text=text))
    for call in calls:
        await client.reply(call)


async def test_no_wait_for_a_trickling_reader(world: World, autojump_clock: MockClock) -> None:
    """It may be slow while it keeps up. After its end, the server does not wait for it."""

    async def trickle() -> None:
        while True:
            await trio.sleep(5)
            if not await stream.receive_some(64 * 1024):
                return

    stream, token = world.stream(lockstep=True), await world.token("bob")
    async with world.session("alice") as alice, trio.open_nursery() as nursery:
        await alice.call("joinRoom", room="general")
        nursery.start_soon(trickle)
        await stream.send_all(head("/ws", UPGRADE))
        connect = call_frame("connect", token=token)
        for call in (connect, *(call_frame(m, room="general") for m in ("joinRoom", "subscribe"))):
            await stream.send_all(client_frame(TEXT_FRAME, call.encode()))
        await trio.sleep(20)
        assert [session.watching for session in world.node.registry.of("bob")] == [{"general"}]
        await send_many(alice, SOME)
        await trio.sleep(60)
        assert len(world.node.sessions) == 2
        await send_many(alice, MANY)
        await trio.sleep(20)
        assert len(world.node.sessions) == 1


async def test_a_reader_that_resumes_gets_the_code(pair: Pair, autojump_clock: MockClock) -> None:
    slow, alice = pair
    slow.pause()
    await send_many(alice, MANY)
    await trio.sleep(5)
    slow.resume()
    assert await slow.wait_closed() == 4008


async def test_a_session_that_gives_up_does_not_wait_for_its_reader(
    world: World, pair: Pair, autojump_clock: MockClock
) -> None:
    slow, alice = pair
    slow.pause()
    await send_many(alice, SOME)
    (session,) = world.node.registry.of("bob")
    session.outbox.give_up()
    await trio.sleep(2 * SILENT_CLOSE_S)
    assert len(world.node.sessions) == 1


async def test_a_late_reader_misses_only_typing(pair: Pair, autojump_clock: MockClock) -> None:
    late, alice = pair
    late.pause()
    await send_many(alice, SOME)  # the outbox is more than half full
    for typing in (True, False, True):
        await alice.call("setTyping", room="general", typing=typing)
    await alice.call("sendMessage", room="general", text="the last")
    await trio.sleep(5)
    late.resume()
    revs = [(await late.event("newMessage"))["rev"] for _ in range(SOME + 1)]
    assert revs == list(range(1, SOME + 2))
    assert late.pending("typing") == []
    # With space, typing events are sent again.
    await alice.call("setTyping", room="general", typing=True)
    assert (await late.event("typing"))["typing"] is True


async def test_memory_of_all_sessions_is_bounded(
    nursery: trio.Nursery, autojump_clock: MockClock
) -> None:
    """Pages for many sessions of one account wait for each other; other accounts do not wait."""
    most = 8 << 20
    world = await World.start(nursery, rate_limits="off", all_outboxes_bytes=most)

    async def read_pages() -> None:
        async with world.session("mallory", lockstep=True) as mallory:
            await mallory.call("joinRoom", room="general")
            mallory.pause()
            for _ in range(3):
                await mallory.begin("getHistory", room="general", limit=200)

    async with world.session("bob") as bob, trio.open_nursery() as readers:
        await bob.call("joinRoom", room="general")
        await send_many(bob, 100)
        for _ in range(10):
            readers.start_soon(read_pages)
        await trio.sleep(1)
        assert most / 4 < world.node.budget.held <= most / 2 + (1 << 20)
        started = trio.current_time()
        assert len((await bob.call("getHistory", room="general"))["messages"]) == 50
        assert trio.current_time() == started
        readers.cancel_scope.cancel()
    await trio.sleep(20)
    assert world.node.budget.held == 0


async def test_many_pages_may_be_asked_for_at_once(pair: Pair, autojump_clock: MockClock) -> None:
    """Such as a client that reconnects and reads all of its rooms. A page has at most 1 MiB."""
    bob, alice = pair
    await send_many(alice, SOME)
    calls = [await bob.begin("getHistory", room="general", limit=200) for _ in range(20)]
    for call in calls:
        page = await bob.reply(call)
        assert 0 < sum(len(message["text"].encode()) for message in page["messages"]) <= 1 << 20
        assert (page["messages"][-1]["seq"], page["hasMoreBefore"]) == (SOME, True)
