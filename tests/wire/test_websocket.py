"""Receiving over a WebSocket: well-behaved peers, violations and disconnects."""

import logging
from functools import partial

import pytest
import trio
from trio.testing import memory_stream_pair, wait_all_tasks_blocked
from trio_websocket import wrap_client_stream

from chatroom.net.http import Takeover, serve_http
from chatroom.net.http_messages import Request, Response
from chatroom.net.websocket import WebSocket, serve_websocket
from chatroom.protocol.results import FRAME_BYTES

from .clients import UPGRADE, Handler, Peer, Record, ScriptedPeer, connected, echo, head, serve
from .frames import (
    CLOSE,
    CONTINUATION,
    PING,
    PONG,
    TEXT,
    Frame,
    client_frame,
    close,
    close_codes,
    server_frames,
)

Clock = trio.abc.Clock
HALF_IN_CHARACTERS = client_frame(TEXT, "üü".encode() * (FRAME_BYTES // 4), fin=False)


async def hear_script(*pieces: bytes, breaks: bool = False) -> tuple[Record, list[Frame]]:
    stream, record = ScriptedPeer(pieces, breaks=breaks), Record()
    await serve(stream, record)
    return record, server_frames(stream.sent)


# ---- with a real client


async def serve_upgrades(handler: Handler, stream: trio.abc.Stream) -> None:
    async def answer(request: Request) -> Response:
        return Response(404)

    async def upgrade(request: Request) -> Response | Takeover:
        return partial(serve_websocket, handler=handler)

    await serve_http(stream, "peer", answer, upgrade)


@pytest.mark.parametrize("offered", [None, ["other", "chatroom.v1"]])
async def test_trio_websocket_client(offered: list[str] | None) -> None:
    client_side, server_side = memory_stream_pair()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(serve_upgrades, echo, server_side)
        client = await wrap_client_stream(
            nursery,
            client_side,  # type: ignore[arg-type]
            "chat.example",
            "/ws",
            subprotocols=offered,
        )
        assert client.subprotocol == (offered and "chatroom.v1")
        for text in ("", "hello", "grüße 🎉", "x" * 126, "y" * 65536, "z" * FRAME_BYTES):
            await client.send_message(text)
            assert await client.get_message() == text
        await client.ping(b"still there?")
        await client.aclose(4321, "enough")


async def test_frames_sent_before_the_upgrade_response() -> None:
    client, server = memory_stream_pair()
    record = Record()
    await client.send_all(
        head("/ws", UPGRADE) + client_frame(TEXT, b"early") + client_frame(PING, b"?")
    )
    async with trio.open_nursery() as nursery:
        nursery.start_soon(serve_upgrades, record, server)
        peer = Peer(client)
        await peer.answer()
        await peer.say(close(1001))
        assert await peer.heard() == [Frame(PONG, b"?"), Frame(CLOSE, b"\x03\xe9")]
    assert record == Record([b"early"], 1001)


# ---- peers


async def test_texts_before_a_close_are_delivered() -> None:
    texts = [str(number).encode() for number in range(1000)]
    frames = [client_frame(TEXT, text) for text in texts]
    record, sent = await hear_script(b"".join(frames) + close(1000) + client_frame(TEXT, b"no"))
    assert record == Record(texts, 1000)
    assert close_codes(sent) == [1000]


async def test_too_large_frame_is_refused_before_it_arrives() -> None:
    record = Record()
    async with connected(record) as peer:
        await peer.say(client_frame(TEXT, b"x" * (FRAME_BYTES + 1))[:10])
        await wait_all_tasks_blocked()
        assert record.code == 1009
        await peer.say(b"m" * (4 + FRAME_BYTES + 1), close(1009))
        assert close_codes(await peer.heard()) == [1009]


@pytest.mark.parametrize("breaks", [False, True])
@pytest.mark.parametrize(
    ("data", "texts", "code", "closes"),
    [
        (client_frame(TEXT, b"\xff"), [b"\xff"], 1006, []),  # the session checks UTF-8
        (b"\xff" * 1000, [], 1002, [1002]),
        (client_frame(TEXT, b"whole") + client_frame(TEXT, b"half")[:-2], [b"whole"], 1006, []),
        # Half the limit in characters, but more than the limit in bytes.
        (HALF_IN_CHARACTERS + client_frame(CONTINUATION, "ü".encode()), [], 1009, [1009]),
    ],
    ids=["not UTF-8", "garbage", "within a frame", "bytes"],
)
async def test_disconnect(
    data: bytes,
    texts: list[bytes],
    code: int,
    closes: list[int],
    breaks: bool,
    autojump_clock: Clock,
) -> None:
    record, sent = await hear_script(data, breaks=breaks)
    assert record == Record(texts, code)
    assert close_codes(sent) == closes


async def test_ping_after_our_close(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)

    async def handler(websocket: WebSocket) -> None:
        await websocket.receive()
        await websocket.close(4000)

    async with connected(handler) as peer:
        await peer.say(client_frame(TEXT, b"go"))
        await wait_all_tasks_blocked()
        await peer.say(client_frame(PING), client_frame(TEXT, b"?"), close(4000))
        assert await peer.heard() == [Frame(CLOSE, b"\x0f\xa0")]
    assert not caplog.records


async def test_nothing_is_read_without_a_receiver() -> None:
    frame = client_frame(TEXT, b"x" * 1000)
    stream = ScriptedPeer([frame] * 10)

    async def handler(websocket: WebSocket) -> None:
        for left in (10, 9, 8):
            await wait_all_tasks_blocked()
            assert len(stream.pieces) == left
            assert await websocket.receive() == [b"x" * 1000]

    await serve(stream, handler)
