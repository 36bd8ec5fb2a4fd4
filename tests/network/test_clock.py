"""The wall clock is set back a day while the server runs: messages keep their order, none is pruned
early, and timeouts are not affected.

Most tests run in this process with a virtual clock. One runs a server process, whose clock the test
sets.
"""

import time
from typing import Any, Final

import trio
from trio.testing import MockClock

from chatroom.clock import DAY_MS

from ..server.process import Server
from ..session.node_harness import World
from .clocks import Offset, SettableClock, pages, send

DAY_S: Final = 200
"""Seconds that a day takes on a clock that is :data:`FAST`."""
FAST: Final = DAY_MS // 1000 // DAY_S


def in_order(messages: list[Any]) -> bool:
    """Return whether the seqs rise and the timestamps never decrease."""
    stamps = [message["timestamp"] for message in messages]
    seqs = [message["seq"] for message in messages]
    return seqs == list(range(1, len(seqs) + 1)) and stamps == sorted(stamps)


async def test_clock_set_back_keeps_message_order(
    nursery: trio.Nursery, autojump_clock: MockClock
) -> None:
    wall = SettableClock()
    world = await World.start(nursery, clock=wall)
    async with world.sessions("alice", "bob") as (alice, bob):
        for client in (alice, bob):
            await client.call("joinRoom", room="general")
        await bob.call("subscribe", room="general")
        await send(alice, "1", "2", "3")
        before = wall()
        wall.offset_ms -= DAY_MS
        await send(alice, "4", "5")
        await alice.call("editMessage", room="general", seq=2, text="2, later")
        await bob.call("unsubscribe", room="general")
        await trio.sleep(300)  # the room falls asleep, so its last timestamp is only in the store
        await send(alice, "6")
        heard = [event["params"] for event in bob.pending("newMessage")]
        assert [message["seq"] for message in heard] == [1, 2, 3, 4, 5]
        log = await pages(bob, after=0)
        assert in_order(log)
        assert len(log) == 6
        assert log[-1]["timestamp"] == log[2]["timestamp"] <= before
        assert log[1]["editedAt"] >= log[1]["timestamp"]
        assert await pages(bob, before=7) == log
        epoch = bob.connected["epoch"]
        missed = await bob.call("subscribe", room="general", epoch=epoch, sinceRev=3)
        assert [m["seq"] for m in missed["messages"]] == [4, 5, 2, 6]
        wall.offset_ms += DAY_MS
        [late] = await send(alice, "7")
        assert late["timestamp"] == wall()


async def test_clock_set_back_prunes_nothing_early(
    nursery: trio.Nursery, autojump_clock: MockClock
) -> None:
    wall = SettableClock(FAST)
    world = await World.start(nursery, clock=wall, keep_days=1)

    async def kept() -> list[str]:
        await trio.sleep(61)  # one round of housekeeping
        async with world.session("alice") as alice:
            return [m["text"] for m in await pages(alice, after=0)]

    async with world.session("alice") as alice:
        await alice.call("joinRoom", room="general")
        await send(alice, "old")
    await trio.sleep(DAY_S / 2)
    async with world.session("alice") as alice:
        await send(alice, "new")
        wall.offset_ms -= DAY_MS
        await send(alice, "after that")
    assert await kept() == ["old", "new", "after that"]
    await trio.sleep(
        DAY_S / 2
    )  # if the clock had not been set back, all messages would be a day old
    assert await kept() == ["old", "new", "after that"]
    await trio.sleep(DAY_S / 2)
    assert await kept() == ["new", "after that"]
    await trio.sleep(DAY_S / 2)
    assert await kept() == []
    async with world.session("alice") as alice:
        [sent] = await send(alice, "one more")
        assert sent["seq"] == 4


async def test_clock_set_back_and_token_expiry(
    nursery: trio.Nursery, autojump_clock: MockClock
) -> None:
    """Setting the clock back ends no session, and an expired token stays expired."""
    wall = SettableClock(FAST)
    world = await World.start(nursery, clock=wall, token_days=2)
    expired = await world.token("alice")
    await trio.sleep(DAY_S)
    old = await world.token("alice")
    await trio.sleep(DAY_S + 62)  # and one round of housekeeping
    async with world.socket() as during:
        await during.connect(old)
        wall.offset_ms -= DAY_MS
        async with world.socket() as again:
            assert (await again.refused("connect", token=expired)).reason == "unauthenticated"
        new = await world.token("alice")
        await trio.sleep(DAY_S)
        assert during.closed_code is None  # though it is about to have had two days
        # By the current clock the old token has little time left, and the new one a day more.
        assert await during.wait_closed(DAY_S) == 4500
    async with world.socket() as last:
        await last.connect(new)


async def test_timeouts_do_not_use_the_wall_clock(
    nursery: trio.Nursery, autojump_clock: MockClock
) -> None:
    """Keepalive, grace periods and rate limits, each with the clock set back in between."""
    wall = SettableClock()
    world = await World.start(nursery, clock=wall)
    async with world.sessions("alice", "bob") as (alice, bob):
        for client in (alice, bob):
            await client.call("joinRoom", room="general")
            await client.call("subscribe", room="general")
        alice.untaken.clear()
        bob.pause()
        vanished = trio.current_time()
        for after_s in (10, 30, 36):
            await trio.sleep_until(vanished + after_s)
            wall.offset_ms -= DAY_MS
        await trio.sleep_until(vanished + 40)
        assert [e["params"]["online"] for e in alice.pending("presence")] == [False]
        bob.resume()
        assert await bob.wait_closed() in (4009, 1006)

        await send(alice, *map(str, range(20)))
        refused = await alice.refused("sendMessage", room="general", text="too fast")
        wait_ms = refused.data["retryAfterMs"]
        assert (refused.reason, 0 < wait_ms <= 1000) == ("rate_limited", True)
        wall.offset_ms -= DAY_MS
        await trio.sleep(wait_ms / 1000)
        await send(alice, "slowly")


async def test_server_that_starts_in_the_past(offset: Offset, server: Server) -> None:
    """The clock is set back while it runs, stays so over a kill and a start, and is corrected."""
    token, sent = await server.sign_up("alice"), 0
    for days, restart in ((0, False), (-1, False), (-1, True), (0, True), (0, False)):
        offset.set(days * DAY_MS)
        if restart:
            await server.kill()
            server.start()
        async with server.session(token) as alice:
            ahead_ms = int(alice.connected["serverTime"]) - time.time_ns() // 1_000_000
            assert round(ahead_ms / DAY_MS) == days
            await alice.call("joinRoom", room="general")
            texts = [str(number) for number in range(sent, sent + 5)]
            answers = await send(alice, *texts)
            sent += len(texts)
            log = await pages(alice, after=0)
            assert in_order(log)
            assert [message["text"] for message in log] == [str(n) for n in range(sent)]
            assert [m["timestamp"] for m in log[-5:]] == [a["timestamp"] for a in answers]
            assert await pages(alice, before=sent + 1) == log
    await server.sign_up("bob")
