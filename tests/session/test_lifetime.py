"""How a session ends without its client: deadlines, silence, revocation. Virtual time."""

import pytest
import trio
from trio.testing import MockClock

from ..client import call_frame
from ..wire.clients import UPGRADE, head
from ..wire.frames import CLOSE, PING, TEXT, client_frame, close_codes, server_frames
from .node_harness import World


async def test_a_client_has_ten_seconds_to_connect(world: World, autojump_clock: MockClock) -> None:
    """Calls that are not ``connect`` gain no time."""
    async with world.socket() as client, world.session("alice") as alice:
        started = trio.current_time()
        for _ in range(9):
            await trio.sleep(1)
            assert (await client.refused("getInbox")).reason == "unauthenticated"
            assert (await client.refused("connect", token=7)).reason == "invalid_params"
        assert await client.wait_closed() == 4503
        assert 10 <= trio.current_time() - started <= 12
        assert alice.closed_code is None


async def test_a_client_that_answers_pings_stays(world: World, autojump_clock: MockClock) -> None:
    async with world.session("alice") as alice:
        await trio.sleep(60 * 60)
        await alice.call("getInbox")


async def test_a_silent_client_is_closed(world: World, autojump_clock: MockClock) -> None:
    """Uses raw bytes, since a WebSocket library would answer pings."""
    stream, said, times = world.stream(), b"", []
    connect = call_frame("connect", 1, token=await world.token("alice"))
    started = trio.current_time()
    await stream.send_all(head("/ws", UPGRADE) + client_frame(TEXT, connect.encode()))
    with trio.fail_after(60):
        while data := await stream.receive_some():
            said += data
            times.append(trio.current_time() - started)
    frames = server_frames(said.partition(b"\r\n\r\n")[2])
    assert [frame.opcode for frame in frames] == [TEXT, PING, CLOSE]
    assert close_codes(frames) == [4009]
    assert 25 <= times[-2] <= 27
    assert 33 <= times[-1] <= 35
    # Such a peer does not answer the close frame either, so the connection is cut.
    assert trio.current_time() - started <= 38
    await trio.sleep(1)
    assert len(world.node.sessions) == 0


@pytest.mark.config(calls_in_flight=1)
async def test_revocation_drops_calls_that_wait(world: World, autojump_clock: MockClock) -> None:
    """When the session is revoked, one call is in the store, and another waits behind it."""
    async with world.sessions("alice", "bob") as (alice, bob):
        for client in (alice, bob):
            await client.call("joinRoom", room="general")
        world.store.commit_delay = 1
        await alice.begin("sendMessage", room="general", text="in time")
        await alice.begin("sendMessage", room="general", text="too late")
        await trio.sleep(0.5)
        await world.node.accounts.disable("alice")
        assert await alice.wait_closed() == 4501
        await trio.sleep(5)
        history = await bob.call("getHistory", room="general")
        assert [message["text"] for message in history["messages"]] == ["in time"]


async def test_nothing_is_left_of_ended_sessions(world: World, autojump_clock: MockClock) -> None:
    async with world.sessions("alice", "alice", "bob") as clients:
        for client in clients:
            await client.call("joinRoom", room="general")
            await client.call("subscribe", room="general")
        await clients[0].cut()
    await trio.sleep(120)
    node = world.node
    assert (len(node.sessions), len(node.registry), len(node.hub), len(node.actors)) == (0,) * 4
