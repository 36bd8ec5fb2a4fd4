"""Reads, writes and closes of sockets that do not wait, and connections that use them."""

from collections.abc import AsyncIterator
from functools import partial

import pytest
import trio
from trio.testing import MockClock, assert_no_checkpoints, memory_stream_pair

from chatroom.net.http import Timeouts
from chatroom.net.listener import RetryingListener, accept_connections
from chatroom.net.sockets import close, read_now, write_now

from .clients import UPGRADE, head
from .http_server import Site

Pair = tuple[trio.SocketStream, trio.SocketStream]


@pytest.fixture
async def pair() -> AsyncIterator[Pair]:
    one, other = map(trio.SocketStream, trio.socket.socketpair())
    async with one, other:
        yield one, other


async def test_read_now_returns_what_has_arrived(pair: Pair) -> None:
    server, client = pair
    assert read_now(server, 10) is None
    await client.send_all(b"hello, world")
    assert read_now(server, 5) == b"hello"
    assert read_now(server, 10) == b", world"
    await client.aclose()
    assert read_now(server, 10) == b""
    await server.aclose()
    assert read_now(server, 10) is None


async def test_write_now_returns_what_the_network_does_not_take(pair: Pair) -> None:
    server, client = pair
    assert write_now(server, b"hello") == b""
    data = bytes(1 << 22)
    left = write_now(server, data)
    assert 0 < len(left) < len(data)
    assert write_now(server, b"more") == b"more"
    received = b""
    while len(received) < 5 + len(data) - len(left):
        received += await client.receive_some()
    assert received == b"hello" + data[len(left) :]
    await server.aclose()
    assert write_now(server, b"hello") == b"hello"


async def test_other_streams_wait() -> None:
    server, client = memory_stream_pair()
    await client.send_all(b"hello")
    assert read_now(server, 10) is None
    assert write_now(server, b"hello") == b"hello"
    await close(server, 1)
    assert await client.receive_some() == b""


async def test_a_socket_is_closed_at_once(pair: Pair) -> None:
    server, client = pair
    with assert_no_checkpoints():
        await close(server, 1)
    assert await client.receive_some() == b""


async def test_an_upgrade_that_has_arrived_is_answered_without_a_wait(pair: Pair) -> None:
    server, client = pair
    site = Site()
    await client.send_all(head("/ws", UPGRADE) + b"what")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(site.serve, server)
        answer = b""
        while not answer.endswith(b"taken over"):
            answer += await client.receive_some()
        assert answer.startswith(b"HTTP/1.1 101 ")
        await client.send_all(b" follows")
        await client.send_eof()
    assert site.after_upgrade == b"what follows"


@pytest.mark.parametrize("data", [b"", b"GET /ws HT"], ids=["nothing", "a part"])
async def test_a_head_that_does_not_come_is_cut_off(
    data: bytes, pair: Pair, autojump_clock: MockClock
) -> None:
    server, client = pair
    if data:
        await client.send_all(data)
    began = trio.current_time()
    await Site().serve(server, timeouts=Timeouts(head=7))
    assert trio.current_time() - began == pytest.approx(7)
    assert await client.receive_some() == b""


async def test_a_connection_that_its_handler_leaves_open_is_closed() -> None:
    async def handle(stream: trio.SocketStream) -> None:
        await stream.send_all(b"hello")

    (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
    _, port = listener.socket.getsockname()
    async with trio.open_nursery() as accepting, trio.open_nursery() as connections:
        accept = partial(accept_connections, RetryingListener(listener), handle, connections)
        accepting.start_soon(accept)
        async with await trio.open_tcp_stream("127.0.0.1", port) as client:
            assert [chunk async for chunk in client] == [b"hello"]
        accepting.cancel_scope.cancel()
