"""HTTP clients that send or read slowly."""

import pytest
import trio
from trio.testing import lockstep_stream_pair, memory_stream_pair, wait_all_tasks_blocked

from chatroom.net.http import Timeouts, serve_http

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
    ("data", "seconds"),
    [
        (b"", 10),
        (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 10, 10),
        (POST[:-4], 3 + 0.5 * len(POST)),
    ],
    ids=["silent", "slow head", "slow body"],
)
async def test_slow_requests_are_cut_off(
    data: bytes, seconds: float, autojump_clock: Clock
) -> None:
    client, server = memory_stream_pair()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(serve_http, server, "peer", Site().answer, Site().upgrade)
        if data == POST[:-4]:
            await client.send_all(data)
            assert await drip(client, b"", 1) == 10
        else:
            assert await drip(client, data, 0.5) == pytest.approx(seconds, abs=0.5)


async def test_idle_connection_is_closed(autojump_clock: Clock) -> None:
    client, server = memory_stream_pair()
    site = Site()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(serve_http, server, "peer", site.answer, site.upgrade)
        await client.send_all(GET)
        await trio.sleep(59)
        await client.send_all(GET)
        await trio.sleep(59)
        assert len(site.asked) == 2
        await client.send_all(GET[:5])
        assert await drip(client, b"", 1) == 10
        assert len(site.asked) == 2


async def test_client_that_does_not_read_is_cut_off(autojump_clock: Clock) -> None:
    client, server = lockstep_stream_pair()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(client.send_all, GET)
        await serve_http(server, "peer", Site().answer, Site().upgrade, timeouts=Timeouts(send=7))
    assert trio.current_time() == 7


async def test_cancellation_is_not_swallowed() -> None:
    client, server = memory_stream_pair()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(serve_http, server, "peer", Site().answer, Site().upgrade)
        await wait_all_tasks_blocked()
        nursery.cancel_scope.cancel()
    assert await client.receive_some() == b""
