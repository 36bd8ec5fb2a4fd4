"""Sending without waiting, over a real socket that fills up."""

import pytest
import trio

from chatroom.net.frames import text_frame
from chatroom.net.websocket import Closed, WebSocket

from .clients import (
    CLOSE,
    PING,
    PONG,
    TEXT,
    Record,
    ScriptedPeer,
    client_frame,
    close,
    sending_in,
    serve,
    server_frames,
)

BIG = text_frame(b"x" * 500_000)
SMALL = text_frame(b"y" * 10)


async def test_partial_frame_is_finished_before_other_frames() -> None:
    """Part of a frame was sent. Pongs, further frames and the close frame follow the rest of it."""
    taken: list[object] = []

    async def handler(websocket: WebSocket) -> None:
        taken.append(websocket.send_now(SMALL + BIG))
        taken.append(0 < websocket.unsent < len(BIG))
        taken.append(websocket.send_now(SMALL))
        filled.set()
        await Record()(websocket)

    ours, theirs = trio.socket.socketpair()
    ours.setsockopt(trio.socket.SOL_SOCKET, trio.socket.SO_SNDBUF, 4096)
    client = trio.SocketStream(theirs)
    filled = trio.Event()
    received = b""
    with trio.fail_after(20):
        async with client, trio.open_nursery() as nursery:
            nursery.start_soon(serve, trio.SocketStream(ours), handler)
            await filled.wait()
            await client.send_all(client_frame(PING, b"still there?") + close(1000))
            async for data in client:
                received += data
    assert taken == [True, True, False]
    frames = server_frames(received)
    assert [frame.opcode for frame in frames] == [TEXT, TEXT, PONG, CLOSE]
    assert [len(frame.payload) for frame in frames[:2]] == [10, 500_000]


async def test_unsent_rest_leaves_with_the_next_send() -> None:
    async def handler(websocket: WebSocket) -> None:
        assert websocket.send_now(BIG)
        assert websocket.unsent
        await websocket.send_frames([b""])
        assert not websocket.unsent
        assert websocket.send_now(SMALL)

    ours, theirs = trio.socket.socketpair()
    ours.setsockopt(trio.socket.SOL_SOCKET, trio.socket.SO_SNDBUF, 4096)
    client = trio.SocketStream(theirs)
    received = b""
    with trio.fail_after(20):
        async with client, trio.open_nursery() as nursery:
            nursery.start_soon(serve, trio.SocketStream(ours), handler)
            async for data in client:
                received += data
                if b"\x88\x02" in received[-10:]:
                    await client.send_all(close(1000))
    frames = server_frames(received)
    assert [len(frame.payload) for frame in frames if frame.opcode == TEXT] == [500_000, 10]


async def test_abort_while_nobody_receives() -> None:
    """Closing the WebSocket then finds the socket closed."""
    codes: list[int] = []

    async def handler(websocket: WebSocket) -> None:
        with pytest.raises(Closed) as closed:
            await websocket.send_frames([BIG])
        codes.append(closed.value.code)

    ours, theirs = trio.socket.socketpair()
    with trio.fail_after(20):
        async with trio.SocketStream(theirs):
            await serve(trio.SocketStream(ours), handler, limits=sending_in(0))
    assert codes == [1006]


async def test_non_socket_streams_accept_nothing() -> None:
    taken: list[bool] = []

    async def handler(websocket: WebSocket) -> None:
        taken.append(websocket.send_now(SMALL))

    stream = ScriptedPeer([close(1000)])
    await serve(stream, handler)
    assert taken == [False]
    assert [frame.opcode for frame in server_frames(stream.sent)] == [CLOSE]
