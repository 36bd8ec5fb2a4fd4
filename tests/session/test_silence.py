"""Silent peers are given up only after a probe, and not for time when the server was stalled."""

import pytest
import trio
from trio.testing import MockClock

from chatroom.session.keepalive import Keepalive, Step

from .node_harness import World


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
