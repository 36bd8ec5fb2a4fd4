"""Sending over a WebSocket, and closing it."""

import math
from contextlib import suppress
from functools import partial

import pytest
import trio
from trio.testing import MockClock, lockstep_stream_pair, wait_all_tasks_blocked

from chatroom.net.frames import PING as PING_FRAME
from chatroom.net.frames import text_frame
from chatroom.net.send_stream import PIECE_BYTES, SendLimits, SendStream
from chatroom.net.websocket import NO_LIMITS, Closed, WebSocket

from .clients import (
    Record,
    ScriptedPeer,
    Send,
    connected,
    send_texts,
    sending_in,
    serve,
    small_sockets,
)
from .frames import CLOSE, PING, PONG, TEXT, Frame, client_frame, close, close_codes, server_frames

Clock = trio.abc.Clock


async def assert_ended(websocket: WebSocket, code: int) -> None:
    for use in (send_texts(websocket, b"y"), websocket.receive()):
        with pytest.raises(Closed) as closed:
            await use
        assert closed.value.code == code


async def read_slowly(stream: trio.abc.Stream, size: int, every_s: float, until: int) -> int:
    """Read at most ``size`` bytes at a time, until the connection ends or so many have come."""
    received = 0
    with suppress(trio.BrokenResourceError):
        while received < until and (data := await stream.receive_some(size)):
            received += len(data)
            await trio.sleep(every_s)
    await trio.aclose_forcefully(stream)
    return received


class SlowPeer(ScriptedPeer):
    """Sends two bytes at a time, and lets other tasks run in between."""

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        for start in range(0, len(data), 2):
            await super().send_all(data[start : start + 2])


async def test_concurrent_frames_are_not_interleaved() -> None:
    async def handler(websocket: WebSocket) -> None:
        async with trio.open_nursery() as nursery:
            for number in range(10):
                nursery.start_soon(send_texts, websocket, b"%d" % number * 50, b"second")
            nursery.start_soon(websocket.send_frames, [PING_FRAME])
        await Record()(websocket)

    pings = [client_frame(PING, b"%d" % number) for number in range(10)]
    stream = SlowPeer([*pings, close(1000)])
    await serve(stream, handler)
    frames = server_frames(stream.sent)
    assert frames[-1].opcode == CLOSE
    texts = [frame.payload for frame in frames if frame.opcode == TEXT]
    firsts = [b"%d" % number * 50 for number in range(10)]
    assert sorted(texts[::2]) == firsts
    assert texts[1::2] == [b"second"] * 10
    assert len([frame for frame in frames if frame.opcode == PONG]) == 10


async def test_partially_sent_frame_ends_the_connection() -> None:
    async def handler(websocket: WebSocket) -> None:
        with trio.CancelScope() as scope:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(send_texts, websocket, b"x" * 100)
                await wait_all_tasks_blocked()
                scope.cancel()
        await assert_ended(websocket, 1006)

    async with connected(handler, pair=lockstep_stream_pair) as peer:
        assert await peer.stream.receive_some(10) == text_frame(b"x" * 100)[:10]
        await wait_all_tasks_blocked()
        assert b"y" not in await peer.stream.receive_some()


async def test_nothing_is_sent_after_a_failed_send() -> None:
    """A part of a frame may have been sent, even if the stream would take more."""

    class BreaksOnce(ScriptedPeer):
        broken = False

        async def send_all(self, data: bytes | bytearray | memoryview) -> None:
            if not self.broken:
                self.broken = True
                raise trio.BrokenResourceError
            self.sent += data

        async def aclose(self) -> None:
            await trio.lowlevel.checkpoint()

    stream = BreaksOnce([])
    sending = SendStream(stream, SendLimits())
    for _ in range(2):
        with pytest.raises(trio.BrokenResourceError):
            await sending.send([b"frame"])
    assert stream.sent == b""


async def test_send_cancelled_before_it_starts_is_harmless() -> None:
    async def handler(websocket: WebSocket) -> None:
        with trio.CancelScope() as scope:
            scope.cancel()
            await send_texts(websocket, b"x")
        await send_texts(websocket, b"y")

    async with connected(handler) as peer:
        await peer.say(close(1000))
        assert (await peer.heard())[0] == Frame(TEXT, b"y")


async def test_peer_that_does_not_read_is_cut_off(autojump_clock: Clock) -> None:
    send = Send([b"x"])
    async with connected(send, sending_in(7), lockstep_stream_pair):
        pass
    assert send.code == 1006
    assert trio.current_time() == pytest.approx(7)


async def test_slow_reading_peer_is_not_cut_off(autojump_clock: Clock) -> None:
    """The total time does not matter. Reading also counts as a sign of life."""
    silences = list[float]()

    async def handler(websocket: WebSocket) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(Record(), websocket)
            await send_texts(websocket, b"x" * 1_000_000)
            silences.append(trio.current_time() - websocket.last_heard)
            nursery.cancel_scope.cancel()

    async with connected(handler, sending_in(7), lockstep_stream_pair) as peer:
        await read_slowly(peer.stream, 64 * 1024, 5, 1_000_000)
    assert trio.current_time() > 75
    assert max(silences) < 7


@pytest.mark.parametrize(
    ("bytes_per_s", "pause_s", "until", "cut"),
    [
        (16_000, 0, 3_000_000, True),
        (70_000, 0, 3_000_000, False),
        # After a pause the first MiB may be read slowly again.
        (16_000, 1, 4_000_000, False),
    ],
)
async def test_slow_reader_must_keep_up_after_the_first_mebibyte(
    bytes_per_s: int, pause_s: float, until: int, cut: bool, autojump_clock: Clock
) -> None:
    send = Send([b"x" * 1_000_000] * 4, pause_s)  # the rate is that of all together
    async with connected(send, NO_LIMITS, lockstep_stream_pair) as peer:
        received = await read_slowly(peer.stream, bytes_per_s, 1, until)
    if cut:
        assert send.code == 1006
        assert 1 << 20 < received < 1_500_000
    else:
        assert received >= until


async def test_suspended_process_cuts_off_nobody(autojump_clock: MockClock) -> None:
    send = Send([b"x" * 2_000_000])
    autojump_clock.autojump_threshold = math.inf
    async with connected(send, NO_LIMITS, small_sockets) as peer:
        await wait_all_tasks_blocked()
        autojump_clock.jump(22)
        assert await read_slowly(peer.stream, 1 << 20, 0, 2_000_000) >= 2_000_000
    assert send.code is None


async def test_large_frames_are_split_and_small_ones_joined(autojump_clock: Clock) -> None:
    sizes = [10, 20, 200_000, 30, 65_000, 65_000, 5]
    frames = [text_frame(b"%d" % (number % 10) * size) for number, size in enumerate(sizes)]
    sent: list[int] = []

    class Pieces(ScriptedPeer):
        async def send_all(self, data: bytes | bytearray | memoryview) -> None:
            sent.append(len(data))
            await super().send_all(data)

    async def handler(websocket: WebSocket) -> None:
        await websocket.send_frames([])
        await websocket.send_frames(frames)

    stream = Pieces([])
    await serve(stream, handler)
    assert stream.sent.startswith(b"".join(frames))
    assert max(sent) <= PIECE_BYTES
    assert len(sent) == 8  # with the close frame


async def test_last_heard(autojump_clock: Clock) -> None:
    async def handler(websocket: WebSocket) -> None:
        async def look() -> None:
            await trio.sleep(5)
            assert websocket.last_heard == start
            await trio.sleep(5)
            assert websocket.last_heard == start + 6

        async with trio.open_nursery() as nursery:
            nursery.start_soon(look)
            assert await websocket.receive() == [b"x"]
        await trio.sleep(5)
        # Without a receiver, silence does not count against the peer.
        assert websocket.last_heard == trio.current_time()

    start = trio.current_time()
    async with connected(handler) as peer:
        await trio.sleep(6)
        await peer.say(client_frame(PONG))
        await trio.sleep(14)
        await peer.say(client_frame(TEXT, b"x"))
        await peer.heard()


async def test_nothing_is_sent_after_close() -> None:
    async def handler(websocket: WebSocket) -> None:
        await websocket.close(4008, "too slow")
        await websocket.close(4009)
        assert not websocket.send_now(text_frame(b"y"))
        await assert_ended(websocket, 4008)

    async with connected(handler) as peer:
        await wait_all_tasks_blocked()
        await peer.say(client_frame(TEXT, b"x"), close(1000))
        assert await peer.heard() == [Frame(CLOSE, b"\x0f\xa8too slow")]


async def test_peer_that_does_not_answer_the_close(autojump_clock: Clock) -> None:
    async with connected(partial(WebSocket.close, code=4008)) as peer:
        assert close_codes(await peer.heard()) == [4008]
    assert trio.current_time() == pytest.approx(2)


async def test_returning_handler_closes_the_connection() -> None:
    async with connected(Send([])) as peer:
        await peer.say(close(1000))
        assert close_codes(await peer.heard()) == [1000]


async def test_failing_handler_closes_and_raises() -> None:
    async def handler(websocket: WebSocket) -> None:
        raise ValueError

    stream = ScriptedPeer([close(1011)])
    with pytest.raises(ValueError):  # noqa: PT011
        await serve(stream, handler)
    assert close_codes(server_frames(stream.sent)) == [1011]


async def test_cancellation_closes_with_1012(autojump_clock: Clock) -> None:
    with trio.CancelScope() as scope:
        async with connected(Record()) as peer:
            await wait_all_tasks_blocked()
            scope.cancel()
            with trio.CancelScope(shield=True):
                await wait_all_tasks_blocked()
                await peer.say(close(1012))
                assert close_codes(await peer.heard()) == [1012]
    assert trio.current_time() == 0
