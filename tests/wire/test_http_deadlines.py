"""HTTP clients that send or read slowly."""

import pytest
import trio
from trio.testing import lockstep_stream_pair, wait_all_tasks_blocked

from chatroom.net.http import Timeouts

from .http_server import GET, POST, Site

Clock = trio.abc.Clock


async def drip(stream: trio.abc.Stream, data: bytes, seconds: float) -> float:
    """Send a byte at a time. Return the time after which the server closed the connection."""
    start = trio.current_time()
    for byte in data:
        try:
            await stream.send_all(bytes([byte]))
        except trio.BrokenResourceError:
            break
        await trio.sleep(seconds)
    while await stream.receive_some():
        pass
    return trio.current_time() - start


@pytest.mark.parametrize(
    "data", [b"", b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 10], ids=["silent", "slow head"]
)
async def test_slow_heads_are_cut_off(data: bytes, autojump_clock: Clock) -> None:
    async with Site().connected() as client:
        assert await drip(client, data, 0.5) == pytest.approx(10, abs=0.5)


async def test_slow_bodies_are_cut_off(autojump_clock: Clock) -> None:
    async with Site().connected() as client:
        await client.send_all(POST[:-4])
        assert await drip(client, b"", 1) == 10


async def test_idle_connection_is_closed(autojump_clock: Clock) -> None:
    site = Site()
    async with site.connected() as client:
        for _ in range(2):
            await client.send_all(GET)
            await trio.sleep(59)
        assert len(site.requests) == 2
        await client.send_all(GET[:5])
        assert await drip(client, b"", 1) == 10
        assert len(site.requests) == 2


async def test_client_that_does_not_read_is_cut_off(autojump_clock: Clock) -> None:
    client, server = lockstep_stream_pair()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(client.send_all, GET)
        await Site().serve(server, timeouts=Timeouts(send=7))
    assert trio.current_time() == 7


async def test_cancellation_is_not_swallowed() -> None:
    with trio.CancelScope() as scope:
        async with Site().connected() as client:
            await wait_all_tasks_blocked()
            scope.cancel()
    assert await client.receive_some() == b""
