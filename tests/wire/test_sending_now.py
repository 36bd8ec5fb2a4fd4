"""Sending without waiting, over a real socket that fills up."""

import trio

from chatroom.net.frames import text_frame
from chatroom.net.websocket import WebSocket

from .clients import Record, ScriptedPeer, Send, connected, sending_in, serve, small_sockets
from .frames import CLOSE, PING, PONG, TEXT, client_frame, close, server_frames

BIG = text_frame(b"x" * 500_000)
SMALL = text_frame(b"y" * 10)


async def test_partial_frame_is_finished_before_other_frames() -> None:
    """Part of a frame was sent. Pongs, further frames and the close frame follow the rest of it."""
    unsent: list[int | None] = []
    filled = trio.Event()

    async def handler(websocket: WebSocket) -> None:
        unsent.append(websocket.send_now(SMALL + BIG))
        unsent.append(websocket.send_now(SMALL))
        filled.set()
        await Record()(websocket)

    with trio.fail_after(20):
        async with connected(handler, pair=small_sockets) as peer:
            await filled.wait()
            await peer.say(client_frame(PING, b"still there?"), close(1000))
            frames = await peer.heard()
    assert unsent[0]
    assert 0 < unsent[0] < len(BIG)
    assert unsent[1] is None
    assert [frame.opcode for frame in frames] == [TEXT, TEXT, PONG, CLOSE]
    assert [len(frame.payload) for frame in frames[:2]] == [10, 500_000]


async def test_unsent_rest_leaves_with_the_next_send() -> None:
    async def handler(websocket: WebSocket) -> None:
        assert websocket.send_now(BIG)
        await websocket.send_frames([b""])
        assert websocket.send_now(SMALL) == 0

    with trio.fail_after(20):
        async with connected(handler, pair=small_sockets) as peer:
            await peer.say(close(1000))
            frames = await peer.heard()
    assert [len(frame.payload) for frame in frames if frame.opcode == TEXT] == [500_000, 10]


async def test_abort_while_nobody_receives() -> None:
    """Closing the WebSocket then finds the socket closed."""
    send = Send([b"x" * 500_000])
    with trio.fail_after(20):
        async with connected(send, sending_in(0), small_sockets):
            pass
    assert send.code == 1006


async def test_non_socket_streams_accept_nothing() -> None:
    async def handler(websocket: WebSocket) -> None:
        assert websocket.send_now(SMALL) is None

    stream = ScriptedPeer([close(1000)])
    await serve(stream, handler)
    assert [frame.opcode for frame in server_frames(stream.sent)] == [CLOSE]
