"""Receiving over a WebSocket: well-behaved peers, violations and disconnects."""

import logging
from functools import partial

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from chatroom.net.websocket import WebSocket, serve_websocket
from chatroom.protocol.results import FRAME_BYTES

from .clients import UPGRADE, Record, ScriptedPeer, connected, head, serve
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
from .http_server import Site

Clock = trio.abc.Clock


async def hear_script(*pieces: bytes, breaks: bool = False) -> tuple[Record, list[Frame]]:
    stream, record = ScriptedPeer(pieces, breaks=breaks), Record()
    await serve(stream, record)
    return record, server_frames(stream.sent)


async def test_frames_sent_before_the_upgrade_response() -> None:
    record = Record()
    site = Site(upgrade_to=partial(serve_websocket, handler=record))
    early = client_frame(TEXT, b"early") + client_frame(PING, b"?") + close(1001)
    _, _, frames = (await site.respond(head("/ws", UPGRADE) + early)).partition(b"\r\n\r\n")
    assert server_frames(frames) == [Frame(PONG, b"?"), Frame(CLOSE, b"\x03\xe9")]
    assert record == Record([b"early"], 1001)


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
async def test_disconnects_after_each_kind_of_data(breaks: bool, autojump_clock: Clock) -> None:
    whole, half = client_frame(TEXT, b"whole"), client_frame(TEXT, b"half")[:-2]
    # Half the limit in characters, but more than the limit in bytes.
    big = client_frame(TEXT, "üü".encode() * (FRAME_BYTES // 4), fin=False)
    for data, heard, closes in (
        (client_frame(TEXT, b"\xff"), Record([b"\xff"], 1006), []),  # the session checks UTF-8
        (b"\xff" * 1000, Record([], 1002), [1002]),
        (whole + half, Record([b"whole"], 1006), []),
        (big + client_frame(CONTINUATION, "ü".encode()), Record([], 1009), [1009]),
    ):
        record, sent = await hear_script(data, breaks=breaks)
        assert (record, close_codes(sent)) == (heard, closes)


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
