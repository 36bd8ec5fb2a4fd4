"""The wall clock jumps ahead: nothing is pruned, no session ends, and timestamps do not jump."""

import time

import trio
from trio.testing import MockClock

from chatroom.clock import DAY_MS, Clock

from ..server.process import Server
from ..session.node_harness import World
from .clocks import Offset, SettableClock, pages, send


def guarded(wall: SettableClock) -> Clock:
    return Clock(wall, lambda: wall() - wall.offset_ms)


async def test_clock_jump_prunes_nothing_and_ends_no_session(
    nursery: trio.Nursery, autojump_clock: MockClock
) -> None:
    wall = SettableClock()
    world = await World.start(nursery, clock=guarded(wall), keep_days=30, token_days=90)
    token = await world.token("alice")
    async with world.socket() as alice:
        await alice.connect(token)
        await alice.call("joinRoom", room="general")
        await send(alice, "1", "2")
        wall.offset_ms += 200 * DAY_MS
        await trio.sleep(200)  # three rounds of housekeeping
        [sent] = await send(alice, "3")
        assert sent["timestamp"] == wall() - wall.offset_ms
        assert [m["text"] for m in await pages(alice, after=0)] == ["1", "2", "3"]
        async with world.socket() as again:
            connected = await again.connect(token)
            assert connected["serverTime"] == wall() - wall.offset_ms
        health = await world.http("GET", "/healthz")
        assert (health.status, health.json["status"]) == (200, "ok")
        [warning] = health.json["warnings"]
        assert "200.0 days ahead" in warning
        wall.offset_ms = 0
        await send(alice, "4")
        assert "warnings" not in (await world.http("GET", "/healthz")).json

        wall.offset_ms += 200 * DAY_MS
        await trio.sleep(100)
        await world.node.timekeeper.accept()
        assert "warnings" not in (await world.http("GET", "/healthz")).json
        assert await alice.wait_closed() == 4500
    async with world.session("alice") as alice:
        await trio.sleep(100)
        assert await pages(alice, after=0) == []
        [sent] = await send(alice, "5")
        assert (sent["seq"], sent["timestamp"]) == (5, wall())


async def test_clock_jump_is_accepted_after_a_day(
    nursery: trio.Nursery, autojump_clock: MockClock
) -> None:
    wall = SettableClock()
    world = await World.start(nursery, clock=guarded(wall), token_days=90)
    token = await world.token("alice")
    wall.offset_ms += 200 * DAY_MS
    for hours in (0, 23):
        autojump_clock.jump(hours * 60 * 60)
        await trio.sleep(61)  # one round of housekeeping
    async with world.socket() as alice:
        await alice.connect(token)
    autojump_clock.jump(2 * 60 * 60)
    await trio.sleep(61)
    async with world.socket() as alice:
        assert (await alice.refused("connect", token=token)).reason == "unauthenticated"


async def test_server_process_whose_clock_jumps(offset: Offset, server: Server) -> None:
    """The clock jumps while it runs, stays so over a kill and a start, and is then accepted by an
    operator."""
    token = await server.sign_up("alice")
    async with server.session(token) as alice:
        await alice.call("joinRoom", room="general")
        await send(alice, "1")
        assert await server.command("time", "accept") == "The machine's clock is accepted.\n"
        offset.set(200 * DAY_MS)
        await trio.sleep(2)  # sessions are checked each second
        await send(alice, "2")
    for restart in (False, True):
        if restart:
            await server.kill()
            server.start()
        async with server.session(token) as alice:
            ahead_ms = int(alice.connected["serverTime"]) - time.time_ns() // 1_000_000
            assert round(ahead_ms / DAY_MS) == 0
            assert len(await pages(alice, after=0)) == 2
        assert "200.0 days ahead" in (await server.http("GET", "/healthz")).json["warnings"][0]
    async with server.session(token) as alice:
        await server.command("time", "accept")
        assert await alice.wait_closed() == 4500
    assert "warnings" not in (await server.http("GET", "/healthz")).json
