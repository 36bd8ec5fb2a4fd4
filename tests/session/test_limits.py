"""How fast, and how much misbehaviour: by the virtual clock."""

import itertools
import json
from typing import Any

import pytest
import trio
from trio.testing import MockClock

from chatroom.config import load

from ..client import CallFailed, Client
from ..wire.clients import TEXT, client_frame
from .world import World

LIMITED = {("rate_limited", True)}
numbers = itertools.count()
# protocol.md: so many at once, and then so many a second.
RATES = {"sendMessage": (20, 5), "joinRoom": (10, 1), "createRoom": (10, 1), "getInbox": (100, 50)}


PARAMS: dict[str, dict[str, Any]] = {
    "sendMessage": {"room": "general", "text": "hello"},
    "joinRoom": {"room": "general"},
    "createRoom": {"visibility": "public"},
    "getInbox": {},
}


async def spend(client: Client, method: str, count: int) -> list[CallFailed]:
    """So many calls in no time; those that failed, all for the one reason."""
    started = trio.current_time()
    params, calls = PARAMS[method], []
    for _ in range(count):
        if method == "createRoom":
            params = PARAMS[method] | {"room": f"room{next(numbers)}"}
        calls.append(await client.begin(method, **params))
    failures = []
    for call in calls:
        try:
            await client.reply(call)
        except CallFailed as failed:
            failures.append(failed)
    assert {(failed.reason, failed.data["temporary"]) for failed in failures} <= LIMITED
    assert trio.current_time() == started
    return failures


async def flood(client: Client, count: int, frame: bytes = b"nonsense") -> None:
    """The frame so many times, in one piece: whenever the session ends, all of it is sent."""
    await client.send_raw(client_frame(TEXT, frame) * count)


@pytest.fixture
async def world(nursery: trio.Nursery) -> World:
    world = await World.start(nursery)
    async with world.session("owner") as owner:
        await owner.call("joinRoom", room="general")
    return world


async def settled(client: Client) -> None:
    """All buckets are full again: another minute, with its own violations."""
    await trio.sleep(61)
    assert client.closed_code is None


@pytest.mark.parametrize("method", RATES)
async def test_a_burst_and_then_as_much_as_flows_in(
    world: World, autojump_clock: MockClock, method: str
) -> None:
    burst, rate = RATES[method]
    async with world.session("alice") as alice:
        await alice.call("joinRoom", room="general")
        await settled(alice)
        failures = await spend(alice, method, burst + 5)
        assert len(failures) == 5
        # Each says the same, since none of them cost anything: when the next one may come.
        wait_ms = 1000 / rate
        for failed in failures:
            assert wait_ms <= failed.data["retryAfterMs"] <= wait_ms + 1
        await trio.sleep(wait_ms / 1000 - 0.01)
        assert len(await spend(alice, method, 1)) == 1
        await trio.sleep(0.011)
        assert len(await spend(alice, method, 2)) == 1
        # Never more than the burst, however long it was still.
        await settled(alice)
        assert len(await spend(alice, method, burst + 1)) == 1


@pytest.mark.parametrize("method", RATES)
async def test_waiting_as_told_is_enough(
    world: World, autojump_clock: MockClock, method: str
) -> None:
    burst, _ = RATES[method]
    async with world.session("alice") as alice:
        await alice.call("joinRoom", room="general")
        await settled(alice)
        await spend(alice, method, burst)
        for _ in range(20):
            [failed] = await spend(alice, method, 1)
            await trio.sleep(failed.data["retryAfterMs"] / 1000)
            assert await spend(alice, method, 1) == []


async def test_what_is_out_of_form_costs_too(world: World, autojump_clock: MockClock) -> None:
    async with world.session("alice") as alice:
        await settled(alice)
        reasons = []
        bad = [("nonsense", {}), ("joinRoom", {"room": 7}), ("connect", {}), ("sendMessage", {})]
        for number in range(101):
            method, params = bad[number % len(bad)]
            reasons.append((await alice.refused(method, **params)).reason)
        assert "rate_limited" not in reasons[:100]
        assert reasons[100] == "rate_limited"


async def test_a_person_has_twice_as_much_over_all_sessions(
    world: World, autojump_clock: MockClock
) -> None:
    async with (
        world.sessions("alice", "alice", "alice", "bob") as (one, two, three, bob),
    ):
        for client in (one, bob):
            await client.call("joinRoom", room="general")
        await settled(one)
        assert await spend(one, "sendMessage", 20) == []
        assert await spend(two, "sendMessage", 20) == []
        # The third has sent nothing yet, but alice has.
        [failed] = await spend(three, "sendMessage", 1)
        assert 100 <= failed.data["retryAfterMs"] <= 101
        await trio.sleep(0.1)
        assert await spend(three, "sendMessage", 1) == []
        # Others don't pay for her.
        assert await spend(bob, "sendMessage", 20) == []


async def test_coming_back_does_not_fill_the_bucket_of_a_person(
    world: World, autojump_clock: MockClock
) -> None:
    for _ in range(2):
        async with world.session("alice") as alice:
            assert len(await spend(alice, "joinRoom", 11)) == 1
    async with world.session("alice") as alice:
        assert len(await spend(alice, "joinRoom", 1)) == 1


async def test_a_thousand_violations_a_minute_end_the_session(
    world: World, autojump_clock: MockClock
) -> None:
    async with world.session("alice") as alice, world.session("bob") as bob:
        for client in (alice, bob):
            await client.call("joinRoom", room="general")
        await settled(alice)
        assert len(await spend(alice, "sendMessage", 20 + 990)) == 990
        # A new minute.
        await settled(alice)
        assert len(await spend(alice, "sendMessage", 20 + 990)) == 990
        call = {"jsonrpc": "2.0", "method": "sendMessage", "params": PARAMS["sendMessage"]}
        await flood(alice, 20, json.dumps(call).encode())
        assert await alice.wait_closed() == 4502
        # It is the session's end, not the person's, nor anybody else's.
        assert await spend(bob, "sendMessage", 20) == []
        async with world.session("alice") as again:
            await again.call("getInbox")


async def test_a_hundred_frames_a_minute_that_are_no_calls_end_the_session(
    world: World, autojump_clock: MockClock
) -> None:
    async with world.session("alice") as alice:
        bad = ("", "{", "[]", "7", '"hello"', "null", '{"jsonrpc":"2.0"}', '{"method":"getInbox"}')
        for _ in range(2):
            await settled(alice)
            for number in range(100):
                await alice.send(bad[number % len(bad)])
                with pytest.raises(CallFailed) as failure:
                    await alice.reply(None)
                assert failure.value.reason in ("parse_error", "invalid_request")
            await alice.call("getInbox")
        await flood(alice, 10)
        assert await alice.wait_closed() == 4502


async def test_whoever_has_not_connected_is_counted_too(
    world: World, autojump_clock: MockClock
) -> None:
    async with world.socket() as client:
        await flood(client, 101)
        assert await client.wait_closed() == 4502


async def test_limits_off(nursery: trio.Nursery, autojump_clock: MockClock) -> None:
    world = await World.start(nursery, rate_limits="off")
    async with world.session("alice") as alice:
        await alice.call("joinRoom", room="general")
        for method in RATES:
            assert await spend(alice, method, 300) == []
        await flood(alice, 200)
        await alice.call("getInbox")


async def test_limits_are_settings(
    nursery: trio.Nursery, autojump_clock: MockClock, tmp_path: Any
) -> None:
    file = tmp_path / "chatroom.toml"
    file.write_text(
        "[rates]\nperson_factor = 1\nviolations_per_minute = 3\nmalformed_per_minute = 2\n"
        "[rates.messages]\nburst = 2\nper_minute = 6\n"
    )
    world = await World.start(nursery, rates=load(file, {}, {}).rates)
    async with world.session("alice") as alice:
        await alice.call("joinRoom", room="general")
        [failed] = await spend(alice, "sendMessage", 3)
        assert failed.data["retryAfterMs"] == pytest.approx(10_000, abs=1)
        for _ in range(2):
            await alice.begin("sendMessage", room="general", text="hello")
        assert await alice.wait_closed() == 4502
    async with world.session("alice") as alice:
        await alice.send("nonsense")
        await alice.call("getInbox")
        await flood(alice, 2)
        assert await alice.wait_closed() == 4502
