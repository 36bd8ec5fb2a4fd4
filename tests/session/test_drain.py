"""Draining a node: calls in flight are answered, later ones are refused, clients reconnect."""

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from ..client import CallFailed, websocket
from .node_harness import World

pytestmark = pytest.mark.config(rate_limits="off", calls_in_flight=8)


async def test_calls_in_flight_are_answered(world: World, autojump_clock: MockClock) -> None:
    token = await world.token("bob")
    async with world.sessions("alice", "bob") as (alice, bob), world.socket() as late:
        await alice.call("joinRoom", room="general")
        await bob.call("joinRoom", room="general")
        await bob.call("subscribe", room="general")
        world.store.commit_delay = 2
        # More calls than may be in flight. The rest are read only while the node drains.
        calls = [
            await alice.begin("sendMessage", room="general", text=f"{number}")
            for number in range(21)
        ]
        await trio.sleep(1)
        world.nursery.start_soon(world.node.drain)
        await trio.sleep(0.1)
        assert (await late.refused("connect", token=token)).reason == "busy"
        assert (await bob.refused("sendMessage", room="general", text="late")).reason == "busy"
        busy = await bob.refused("getInbox")
        assert busy.reason == "busy"
        assert busy.data["temporary"] is True
        results, refusals = [], []
        for call in calls:
            try:
                results.append((await alice.reply(call))["seq"])
            except CallFailed as failed:
                refusals.append(failed.reason)
        assert results == list(range(1, 9))
        assert refusals == ["busy"] * 13
        for client in (alice, bob, late):
            assert await client.wait_closed() == 1012
        # Bob received every message that was acknowledged to alice.
        heard = [event["params"]["seq"] for event in bob.pending("newMessage")]
        assert heard == results


async def drain(world: World, drained: trio.Event) -> None:
    await world.node.drain()
    drained.set()


async def test_the_drain_ends_all_connections(world: World, autojump_clock: MockClock) -> None:
    """Some clients have not called ``connect``, ignore the close frame, or arrive late."""
    late = world.stream()
    async with (
        world.socket() as stranger,
        world.sessions("alice", "bob") as (alice, silent),
    ):
        await alice.call("joinRoom", room="general")
        world.store.commit_delay = 1
        sending = await alice.begin("sendMessage", room="general", text="in flight")
        silent.pause()
        await trio.sleep(0.5)
        started = trio.current_time()
        drained = trio.Event()
        world.nursery.start_soon(drain, world, drained)
        await trio.lowlevel.checkpoint()
        async with websocket(late) as client:
            assert await client.wait_closed() == 1012
        assert (await alice.reply(sending))["seq"] == 1
        assert await alice.wait_closed() == await stranger.wait_closed() == 1012
        async with world.socket() as latest:
            assert await latest.wait_closed() == 1012
        with trio.fail_after(10):
            await drained.wait()
        assert len(world.node.sessions) == 0
        assert trio.current_time() - started <= 4


async def test_requests_in_flight_are_answered(
    world: World, autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    remove, gate = world.store.remove_token, trio.Event()

    async def remove_when_told(digest: bytes) -> None:
        await gate.wait()
        await remove(digest)

    monkeypatch.setattr(world.store, "remove_token", remove_when_told)
    bearer = {"Authorization": f"Bearer {await world.token('alice')}"}
    answers: list[int] = []
    drained = trio.Event()

    async def log_out() -> None:
        answers.append((await world.http("POST", "/api/logout", headers=bearer)).status)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(log_out)
        await wait_all_tasks_blocked()
        nursery.start_soon(drain, world, drained)
        await wait_all_tasks_blocked()
        late = await world.http("GET", "/healthz")
        assert (late.status, late.reason) == (503, "busy")
        await trio.sleep(1)
        assert not drained.is_set()
        gate.set()
        await drained.wait()
    assert answers == [204]
