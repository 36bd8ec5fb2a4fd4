"""How a session ends without its client: deadlines, silence, revocation. Virtual time."""

import pytest
import trio
from trio.testing import MockClock

from chatroom.session.keepalive import Keepalive, Step

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


# ---- when to ping, and when to give up


@pytest.mark.parametrize(
    "phases",
    [
        [(0, True, {24.9: "wait", 25: "ping", 32.9: "wait", 33: "give up"})],
        # A sign of life, twice.
        [(0, True, {25: "ping"}), (31, True, {34: "wait", 56: "ping"}), (62, True, {65: "wait"})],
        # A peer that was not asked for long is asked before it is given up.
        [(0, True, {1000: "ping", 1007: "wait", 1008: "give up"})],
        # Data that the network does not take is a probe as well.
        [(0, False, {25: "wait", 32: "wait", 33: "give up"})],
        # When the network has taken it, a ping follows.
        [(0, False, {25: "wait"}), (0, True, {32: "ping", 39: "wait", 40: "give up"})],
    ],
)
def test_a_peer_is_given_up_after_a_probe(
    phases: list[tuple[float, bool, dict[float, Step]]],
) -> None:
    """Each phase has when the peer was heard last, whether all is sent, and the steps by time."""
    keepalive = Keepalive(ping_interval_s=25, pong_timeout_s=8)
    for last_heard, all_sent, steps in phases:
        for now, step in steps.items():
            assert keepalive.step(now, last_heard, all_sent=all_sent) == step, now


def test_the_interval_may_be_short() -> None:
    keepalive = Keepalive(ping_interval_s=1, pong_timeout_s=1)
    for now in range(1, 10):
        heard = now - 0.5  # the answer to the last ping
        assert keepalive.step(now, heard, all_sent=True) == "wait"
        assert keepalive.step(now + 0.5, heard, all_sent=True) == "ping"


def test_stalls_do_not_count_as_silence() -> None:
    keepalive = Keepalive(ping_interval_s=25, pong_timeout_s=8)
    assert keepalive.step(25, 0, all_sent=True) == "ping"
    keepalive.shift(22)
    assert keepalive.step(50, 0, all_sent=True) == "wait"
    assert keepalive.step(54, 0, all_sent=True) == "wait"
    assert keepalive.step(55, 0, all_sent=True) == "give up"
    # An answer from before the stall counts.
    assert keepalive.step(56, 26, all_sent=True) == "ping"


@pytest.mark.parametrize("quiet_s", [12, 26.5])
@pytest.mark.config(rate_limits="off")
async def test_a_stalled_server_closes_nobody(
    world: World, autojump_clock: MockClock, quiet_s: float
) -> None:
    """The server stalls before pings are due, or after it has sent them."""
    async with world.sessions(*["alice"] * 30) as clients, world.socket() as late:
        for client in clients:
            client.pause()
        await trio.sleep(quiet_s)
        autojump_clock.jump(22)
        for client in clients:
            client.resume()
        await trio.sleep(60)
        assert [client.closed_code for client in clients] == [None] * 30
        await late.wait_closed()  # it got its full ten seconds


async def test_a_stall_extends_the_time_to_connect(
    world: World, autojump_clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    async with world.socket() as client:
        await trio.sleep(5)
        autojump_clock.jump(22)
        await trio.sleep(3)
        await client.connect(await world.token("alice"))
    assert [r.message for r in caplog.records] == ["event loop stalled"]
