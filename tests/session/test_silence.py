"""Silent peers are given up only after a probe, and not for time when the server was stalled."""

from contextlib import AsyncExitStack

import pytest
import trio
from trio.testing import MockClock

from chatroom.session.keepalive import Keepalive

from .node_harness import World


@pytest.fixture
def silence() -> Keepalive:
    return Keepalive(ping_interval_s=25, pong_timeout_s=8)


def test_a_ping_and_then_the_end(silence: Keepalive) -> None:
    assert silence.step(24.9, 0, all_sent=True) == "wait"
    assert silence.step(25, 0, all_sent=True) == "ping"
    assert silence.step(32.9, 0, all_sent=True) == "wait"
    assert silence.step(33, 0, all_sent=True) == "give up"


def test_a_sign_of_life_begins_anew(silence: Keepalive) -> None:
    for start in (0, 100):
        assert silence.step(start + 25, start, all_sent=True) == "ping"
        assert silence.step(start + 34, start + 31, all_sent=True) == "wait"


def test_with_a_short_interval_too() -> None:
    silence = Keepalive(ping_interval_s=1, pong_timeout_s=1)
    for now in range(1, 10):
        heard = now - 0.5  # the answer to the last ping
        assert silence.step(now, heard, all_sent=True) == "wait"
        assert silence.step(now + 0.5, heard, all_sent=True) == "ping"


def test_nobody_is_given_up_who_was_not_asked(silence: Keepalive) -> None:
    assert silence.step(1000, 0, all_sent=True) == "ping"
    assert silence.step(1007, 0, all_sent=True) == "wait"
    assert silence.step(1008, 0, all_sent=True) == "give up"


def test_something_that_the_network_does_not_take_asks_as_well(silence: Keepalive) -> None:
    assert silence.step(25, 0, all_sent=False) == "wait"
    assert silence.step(32, 0, all_sent=False) == "wait"
    assert silence.step(33, 0, all_sent=False) == "give up"


def test_when_the_network_has_taken_it_a_ping_follows(silence: Keepalive) -> None:
    assert silence.step(25, 0, all_sent=False) == "wait"
    assert silence.step(32, 0, all_sent=True) == "ping"
    assert silence.step(39, 0, all_sent=True) == "wait"
    assert silence.step(40, 0, all_sent=True) == "give up"


def test_time_in_which_the_server_stood_still_does_not_count(silence: Keepalive) -> None:
    assert silence.step(25, 0, all_sent=True) == "ping"
    silence.shift(22)
    assert silence.step(50, 0, all_sent=True) == "wait"
    assert silence.step(55, 0, all_sent=True) == "give up"


def test_an_answer_from_before_it_stood_still_counts(silence: Keepalive) -> None:
    assert silence.step(25, 0, all_sent=True) == "ping"
    silence.shift(22)
    assert silence.step(56, 26, all_sent=True) == "ping"


@pytest.mark.parametrize("quiet_s", [12, 26.5])
async def test_a_server_that_stood_still_closes_nobody(
    nursery: trio.Nursery, autojump_clock: MockClock, quiet_s: float
) -> None:
    """The server stalls before pings are due, or after it has sent them."""
    world = await World.start(nursery, rate_limits="off")
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(world.session("alice")) for _ in range(30)]
        late = await stack.enter_async_context(world.socket())
        for client in clients:
            client.pause()
        await trio.sleep(quiet_s)
        autojump_clock.jump(22)
        for client in clients:
            client.resume()
        await trio.sleep(60)
        assert [client.closed_code for client in clients] == [None] * 30
        await late.wait_closed()  # it got its full ten seconds


async def test_nor_those_who_are_about_to_log_in(
    world: World, autojump_clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    async with world.socket() as client:
        await trio.sleep(5)
        autojump_clock.jump(22)
        await trio.sleep(3)
        await client.connect(await world.token("alice"))
    assert [r.message for r in caplog.records] == ["event loop stalled"]
