"""Rate limits and violations, on the virtual clock."""

import itertools
from collections.abc import AsyncIterator
from typing import Any

import pytest
import trio
from trio.testing import MockClock

from chatroom.config import Config
from chatroom.errors import Refused
from chatroom.limit_settings import Rate, Rates
from chatroom.session.limits import Limits

from ..client import CallFailed, Client, call_frame
from ..wire.frames import TEXT, client_frame
from .node_harness import World

LIMITED = {("rate_limited", True)}
numbers = itertools.count()
# From protocol.md: burst, then calls per second.
MESSAGES, JOINS, TYPING = (20, 5), (10, 1), (10, 2)
OWNER = {"room": "hers", "user": "owner"}
CALLS: dict[str, tuple[tuple[int, int], dict[str, Any]]] = {
    "sendMessage": (MESSAGES, {"room": "general", "text": "hello"}),
    "editMessage": (MESSAGES, {"room": "hers", "seq": 1, "text": "hello again"}),
    "deleteMessage": (MESSAGES, {"room": "hers", "seq": 1}),
    "joinRoom": (JOINS, {"room": "general"}),
    "createRoom": (JOINS, {"visibility": "public"}),
    "invite": (JOINS, OWNER),
    "ban": (JOINS, OWNER),
    "unban": (JOINS, OWNER),
    "setTyping": (TYPING, {"room": "general", "typing": True}),
}


async def spend(client: Client, method: str, count: int) -> list[CallFailed]:
    """Make ``count`` calls at once. Returns the failures, which must all be ``rate_limited``."""
    started = trio.current_time()
    (_, params), calls = CALLS[method], []
    for _ in range(count):
        name = {"room": f"room{next(numbers)}"} if method == "createRoom" else {}
        calls.append(await client.begin(method, **(params | name)))
    failures = []
    for call in calls:
        try:
            await client.reply(call)
        except CallFailed as failed:
            failures.append(failed)
    assert {(failed.reason, failed.data["temporary"]) for failed in failures} <= LIMITED
    assert trio.current_time() == started
    return failures


async def flood(client: Client, count: int, frame: str = "nonsense") -> None:
    """Send the frame ``count`` times in one write, so that all is sent before the session ends."""
    await client.send_raw(client_frame(TEXT, frame.encode()) * count)


@pytest.fixture
async def world(world: World) -> World:
    async with world.session("owner") as owner:
        await owner.call("joinRoom", room="general")
    return world


@pytest.fixture
async def alice(world: World) -> AsyncIterator[Client]:
    """A session with all that the calls need, and with full buckets."""
    async with world.session("alice") as alice:
        for room in ("general", "hers"):
            await alice.call("joinRoom", room=room)
        await alice.call("sendMessage", room="hers", text="hello")
        await settled(alice)
        yield alice


async def settled(client: Client) -> None:
    """Wait until all buckets are full again, and a new minute for violations has begun."""
    await trio.sleep(61)
    assert client.closed_code is None


@pytest.mark.parametrize("method", CALLS)
async def test_a_burst_and_then_as_much_as_flows_in(
    alice: Client, autojump_clock: MockClock, method: str
) -> None:
    (burst, rate), _ = CALLS[method]
    failures = await spend(alice, method, burst + 5)
    assert len(failures) == 5
    # All have the same retryAfterMs, since refused calls are not charged.
    wait_ms = 1000 / rate
    for failed in failures:
        assert wait_ms <= failed.data["retryAfterMs"] <= wait_ms + 1
    await trio.sleep(wait_ms / 1000 - 0.01)
    assert len(await spend(alice, method, 1)) == 1
    await trio.sleep(0.011)
    assert len(await spend(alice, method, 2)) == 1
    # A bucket never holds more than the burst.
    await settled(alice)
    assert len(await spend(alice, method, burst + 1)) == 1


async def seconds_for(client: Client, count: int, method: str, **params: Any) -> float:
    """Return how long ``count`` calls take, none of which may fail."""
    started = trio.current_time()
    for call in [await client.begin(method, **params) for _ in range(count)]:
        await client.reply(call)
    return trio.current_time() - started


@pytest.mark.parametrize(
    ("method", "params", "tokens"),
    [
        ("getInbox", {}, 1),
        ("getInbox", {"limit": 200}, 2),
        ("getUnread", {"room": "general", "limit": 1}, 1),
        ("getHistory", {"room": "general", "limit": 101}, 2),
        ("subscribe", {"room": "general"}, 1),
        ("subscribe", {"room": "general", "epoch": "memory", "sinceRev": 0}, 2),
        ("unsubscribe", {"room": "general"}, 1),
        ("markRead", {"room": "general", "seq": 0}, 1),
        ("setNotifications", {"room": "general", "level": "none"}, 1),
        ("listRooms", {}, 2),
        ("listMembers", {"room": "general", "limit": 200}, 4),
    ],
)
async def test_other_calls_wait_and_are_never_refused(
    alice: Client, autojump_clock: MockClock, method: str, params: dict[str, Any], tokens: int
) -> None:
    at_once = 100 // tokens
    assert await seconds_for(alice, at_once, method, **params) == 0
    took = await seconds_for(alice, 50 // tokens, method, **params)
    assert took == pytest.approx(50 // tokens * tokens / 50)


async def test_a_flood_of_reads_slows_its_own_session(
    world: World, alice: Client, autojump_clock: MockClock
) -> None:
    async with world.sessions("alice", "bob") as (other, bob), trio.open_nursery() as nursery:
        nursery.start_soon(seconds_for, alice, 2100, "getInbox")
        await trio.sleep(10)
        assert await seconds_for(bob, 100, "getInbox") == 0
        assert await seconds_for(other, 50, "getInbox") == 0
    assert await seconds_for(alice, 1, "getInbox") == pytest.approx(1 / 50)
    assert alice.closed_code is None


async def test_revocation_stops_a_waiting_call(
    world: World, alice: Client, autojump_clock: MockClock
) -> None:
    await seconds_for(alice, 100, "getInbox")
    await alice.begin("leaveRoom", room="general")
    await trio.testing.wait_all_tasks_blocked()
    world.node.registry.revoke_user("alice")
    assert await alice.wait_closed() == 4501
    await trio.sleep(1)
    room = await world.store.room("general")
    assert room is not None
    assert room.members == 2


async def test_invalid_calls_cost_as_others(alice: Client, autojump_clock: MockClock) -> None:
    started = trio.current_time()
    bad = [("nonsense", {}), ("joinRoom", {"room": 7}), ("connect", {}), ("sendMessage", {})]
    for number in range(110):
        method, params = bad[number % len(bad)]
        assert (await alice.refused(method, **params)).reason != "rate_limited"
    assert trio.current_time() - started == pytest.approx(10 / 50)


# ---- connecting


async def connect(world: World, times: int = 1) -> None:
    token = await world.token("alice")
    for _ in range(times):
        async with world.socket() as client:
            await client.connect(token)


async def test_a_person_connects_at_a_rate(world: World, autojump_clock: MockClock) -> None:
    started = trio.current_time()
    await connect(world, 10)
    assert trio.current_time() == started
    await connect(world, 2)
    assert trio.current_time() - started == pytest.approx(2)
    async with world.session("bob"):
        assert trio.current_time() - started == pytest.approx(2)


async def test_a_long_wait_to_connect_is_refused(world: World, autojump_clock: MockClock) -> None:
    token = await world.token("alice")
    await connect(world, 10)
    async with trio.open_nursery() as nursery:
        for _ in range(5):
            nursery.start_soon(connect, world)
        await trio.testing.wait_all_tasks_blocked()
        async with world.socket() as client:
            refused = await client.refused("connect", token=token)
            assert refused.reason == "rate_limited"
            assert 5000 < refused.data["retryAfterMs"] <= 6001
            assert await client.wait_closed() == 1012


async def test_a_wait_extends_the_time_to_connect(world: World, autojump_clock: MockClock) -> None:
    async with world.socket() as late, trio.open_nursery() as nursery:
        await trio.sleep(9)
        for _ in range(14):
            nursery.start_soon(connect, world)
        await trio.testing.wait_all_tasks_blocked()
        await late.connect(await world.token("alice"))


async def test_revocation_ends_a_waiting_connect(world: World, autojump_clock: MockClock) -> None:
    token = await world.token("alice")
    await connect(world, 10)
    async with world.socket() as client:
        call = await client.begin("connect", token=token)
        await trio.testing.wait_all_tasks_blocked()
        await world.node.accounts.log_out(token)
        with pytest.raises(CallFailed, match="unauthenticated"):
            await client.reply(call)
        assert await client.wait_closed() == 4500


# ---- fan-out


@pytest.mark.config(rates=Rates(fan_out_kib=Rate(burst=120, per_minute=600)))
async def test_long_messages_to_many_are_limited(world: World, autojump_clock: MockClock) -> None:
    """A message causes about 100 KiB; the burst is 120 KiB, with 10 more per second."""
    long = {"room": "general", "text": "x" * 4000}
    async with world.sessions("alice", "mallory", *[f"u{n}" for n in range(20)]) as clients:
        alice, mallory, *watchers = clients
        for client in (alice, *watchers):
            await client.call("joinRoom", room="general")
            await client.call("subscribe", room="general")
        # A non-member, who must not learn anything about the room.
        for _ in range(20):
            assert (await mallory.refused("sendMessage", **long)).reason == "forbidden"
        await alice.call("sendMessage", **long)
        refused = await alice.refused("sendMessage", **long)
        assert refused.reason == "rate_limited"
        assert 0 < refused.data["retryAfterMs"] < 10_000
        assert (await alice.refused("editMessage", seq=1, **long)).reason == "rate_limited"
        await alice.call("sendMessage", room="general", text="little")
        await trio.sleep(refused.data["retryAfterMs"] / 1000)
        await alice.call("sendMessage", **long)
        # Other senders are not charged.
        await watchers[0].call("sendMessage", **long)


@pytest.mark.config(rates=Rates(fan_out_kib=Rate(burst=1, per_minute=1)))
async def test_calls_to_an_inbox_have_no_fan_out(world: World, autojump_clock: MockClock) -> None:
    async with world.sessions("alice", "bob") as (alice, _):
        await alice.call("joinRoom", room="alice")
        await alice.call("subscribe", room="alice")
        for number in range(2):
            await alice.send(call_frame("blockUser", f"b{number}", user="bob") + " " * (65 << 10))
            await alice.reply(f"b{number}")


def test_more_than_the_bucket_holds_waits_until_it_is_full() -> None:
    limits = Limits(Config(rates=Rates(fan_out_kib=Rate(burst=100, per_minute=60))))
    limits.spend_change("session", "alice", "messages", 200 << 10, 0.0)
    for now in (0.0, 199.0):
        with pytest.raises(Refused):
            limits.spend_change("session", "alice", "messages", 200 << 10, now)
    limits.spend_change("session", "alice", "messages", 200 << 10, 200.0)


# ---- accounts, and violations


async def test_a_person_has_twice_the_rates(
    world: World, alice: Client, autojump_clock: MockClock
) -> None:
    async with world.sessions("alice", "bob") as (two, bob):
        await bob.call("joinRoom", room="general")
        for client in (alice, two):
            assert await spend(client, "sendMessage", 20) == []
            assert await seconds_for(client, 100, "getInbox") == 0
        await two.cut()
        # The third session has sent nothing yet, but alice's account has.
        async with world.session("alice") as three:
            [failed] = await spend(three, "sendMessage", 1)
            assert 100 <= failed.data["retryAfterMs"] <= 101
            assert await seconds_for(three, 10, "getInbox") == pytest.approx(10 / 100)
            assert await spend(three, "sendMessage", 1) == []
        # Other accounts are not charged.
        assert await spend(bob, "sendMessage", 20) == []
        assert await seconds_for(bob, 100, "getInbox") == 0


async def test_violations_end_the_session(
    world: World, alice: Client, autojump_clock: MockClock
) -> None:
    async with world.session("bob") as bob:
        await bob.call("joinRoom", room="general")
        assert len(await spend(alice, "sendMessage", 20 + 990)) == 990
        # A new minute.
        await settled(alice)
        assert len(await spend(alice, "sendMessage", 20 + 990)) == 990
        await flood(alice, 20, call_frame("sendMessage", room="general", text="x"))
        assert await alice.wait_closed() == 4502
        # Only this session ends, no other of this or another account.
        assert await spend(bob, "sendMessage", 20) == []
        async with world.session("alice") as again:
            await again.call("getInbox")


async def test_malformed_frames_end_the_session(
    world: World, alice: Client, autojump_clock: MockClock
) -> None:
    bad = ("", "{", "[]", "7", '"hello"', "null", '{"jsonrpc":"2.0"}', '{"method":"getInbox"}')
    for _ in range(2):
        await settled(alice)
        for number in range(100):
            await alice.send(bad[number % len(bad)])
            with pytest.raises(CallFailed, match=r"parse_error|invalid_request"):
                await alice.reply(None)
        await alice.call("getInbox")
    await flood(alice, 10)
    assert await alice.wait_closed() == 4502
    async with world.socket() as not_connected:
        await flood(not_connected, 101, call_frame("getInbox"))
        assert await not_connected.wait_closed() == 4502


@pytest.mark.config(rate_limits="off")
async def test_limits_off(alice: Client, autojump_clock: MockClock) -> None:
    for method in CALLS:
        assert await spend(alice, method, 300) == []
    assert await seconds_for(alice, 300, "listRooms", limit=200) == 0
    await flood(alice, 200)
    await alice.call("getInbox")


@pytest.mark.config(
    rates=Rates(
        person_factor=1,
        violations_per_minute=3,
        malformed_per_minute=2,
        messages=Rate(burst=2, per_minute=6),
    )
)
async def test_limits_are_settings(world: World, autojump_clock: MockClock) -> None:
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
