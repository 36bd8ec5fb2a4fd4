"""Floods of frames: limits of number, rate and time, and turns for other tasks."""

import tracemalloc
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
import trio
from trio.testing import MockClock

from chatroom.limit_settings import Rate
from chatroom.net.control_frames import ControlFrames
from chatroom.net.frames import (
    MAX_DISCARDED_FRAMES,
    MAX_EMPTY_FRAGMENTS,
    MAX_FRAGMENTS,
    MAX_TEXTS_PER_SPLIT,
)
from chatroom.net.websocket import CLOSE_TIMEOUT_S, SocketLimits, WebSocket
from chatroom.protocol.results import FRAME_BYTES

from ..session.node_harness import World
from .clients import UPGRADE, Peer, Record, ScriptedPeer, connected, head, serve
from .frames import (
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

FIRST = client_frame(TEXT, b"a", fin=False)
MORE = client_frame(CONTINUATION, b"b", fin=False)
EMPTY = client_frame(CONTINUATION, fin=False)
LAST = client_frame(CONTINUATION)
LIMITS = SocketLimits(frames=Rate(burst=50, per_minute=1200))


async def hear(limits: SocketLimits, *pieces: bytes) -> Record:
    record = Record()
    await serve(ScriptedPeer(pieces), record, b"", limits)
    return record


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (FIRST + MORE * (MAX_FRAGMENTS - 2) + LAST, 1006),
        (FIRST + MORE * (MAX_FRAGMENTS - 1) + LAST, 1009),
        (FIRST + EMPTY * MAX_EMPTY_FRAGMENTS + LAST, 1006),
        (FIRST + EMPTY * (MAX_EMPTY_FRAGMENTS + 1), 1009),
        # The limit applies per message.
        ((FIRST + EMPTY * MAX_EMPTY_FRAGMENTS + LAST) * 10, 1006),
        ((FIRST + MORE * (MAX_FRAGMENTS - 2) + LAST) * 2, 1006),
    ],
)
async def test_fragments_of_one_message_are_limited(
    data: bytes, code: int, autojump_clock: MockClock
) -> None:
    assert (await hear(SocketLimits(), data)).code == code


@pytest.mark.parametrize(
    "frames",
    [
        [client_frame(PING)],
        [client_frame(PONG)],
        [client_frame(TEXT, b"a", fin=False), LAST],
        [client_frame(TEXT, b"plain"), client_frame(PONG, b"x" * 100)],
    ],
    ids=["pings", "pongs", "fragments", "among texts"],
)
async def test_frames_beyond_the_rate_close_the_connection(
    frames: list[bytes], autojump_clock: MockClock
) -> None:
    counted = len([frame for frame in frames if frame[0] != 0x81])
    data = b"".join(frames) * (50 // counted)
    assert (await hear(LIMITS, data)).code == 1006
    data += client_frame(PING)
    assert (await hear(LIMITS, data)).code == 4502
    assert (await hear(LIMITS, *(bytes([byte]) for byte in data))).code == 4502


async def test_frames_within_the_rate_are_accepted(autojump_clock: MockClock) -> None:
    record = Record()
    async with connected(record, LIMITS) as peer:
        for _ in range(1000):
            await peer.say(client_frame(PONG))
            await trio.sleep(0.06)
        assert record.code is None
        await peer.say(client_frame(PONG) * 51)
        assert close_codes(await peer.heard()) == [4502]


@pytest.mark.parametrize(("rate_limits", "codes"), [("on", [4502]), ("off", [])])
async def test_rate_applies_before_log_in(
    nursery: trio.Nursery, autojump_clock: MockClock, rate_limits: str, codes: list[int]
) -> None:
    world = await World.start(nursery, rate_limits=rate_limits)
    stream = ScriptedPeer([head("/ws", UPGRADE), client_frame(PING) * 51])
    await world.node.admission.handle(stream, "192.0.2.1")
    _, _, sent = stream.sent.partition(b"\r\n\r\n")
    assert close_codes(server_frames(sent)) == codes


async def test_last_of_several_pings_is_answered(autojump_clock: MockClock) -> None:
    async with connected(Record(), LIMITS) as peer:
        await peer.say(*(client_frame(PING, b"%d" % number) for number in range(10)))
        await trio.testing.wait_all_tasks_blocked()
        await peer.say(client_frame(PING, b"later"))
        await trio.testing.wait_all_tasks_blocked()
        await peer.say(close(1000))
        heard = await peer.heard()
    assert heard[:-1] == [Frame(PONG, b"9"), Frame(PONG, b"later")]


@pytest.mark.parametrize(("more", "seconds"), [(0, CLOSE_TIMEOUT_S), (1, 0)])
async def test_parsing_after_the_close_is_bounded(
    more: int, seconds: float, autojump_clock: MockClock
) -> None:
    """Otherwise a flood would cost most after the close: parsing 64 KiB of pings takes 15 ms."""
    async with connected(Record(), LIMITS) as peer:
        await peer.say(client_frame(PING) * (51 + MAX_DISCARDED_FRAMES + more))
        assert close_codes(await peer.heard()) == [4502]
    assert trio.current_time() == pytest.approx(seconds)


async def test_message_must_be_complete_in_30_seconds(autojump_clock: MockClock) -> None:
    """Pongs in between gain no time."""
    record = Record()

    async def send(peer: Peer) -> None:
        await peer.say(FIRST)
        while True:
            await peer.say(client_frame(PONG))
            await trio.sleep(10)

    async with connected(record) as peer, trio.open_nursery() as nursery:
        await trio.sleep(100)
        nursery.start_soon(send, peer)
        assert close_codes(await peer.heard()) == [4008]
        # Plus the closing handshake.
        assert trio.current_time() == pytest.approx(130, abs=2.1)
        nursery.cancel_scope.cancel()
    assert record.code == 4008


async def test_fragmented_message_uses_no_extra_memory() -> None:
    text = b"x" * (FRAME_BYTES // MAX_FRAGMENTS)
    control_frames = ControlFrames()
    tracemalloc.start()
    try:
        control_frames.read(client_frame(TEXT, b"", fin=False))
        before, _ = tracemalloc.get_traced_memory()
        for _ in range(MAX_FRAGMENTS - 2):
            control_frames.read(client_frame(CONTINUATION, text, fin=False))
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 1.3 * FRAME_BYTES
    assert control_frames.read(LAST).text == text * (MAX_FRAGMENTS - 2)


# ---- turns of other tasks

COUNT = 10_000
A_TURN = 100
"""Mean number of frames handled before other tasks run, at most."""
UNUSUAL_A_TURN = 10
"""The same for frames that are not plain texts."""
START = client_frame(TEXT, b"", fin=False)


@asynccontextmanager
async def turns() -> AsyncIterator[Callable[[], int]]:
    """Count how often another task runs."""
    count = 0

    async def take_turns() -> None:
        nonlocal count
        while True:
            await trio.lowlevel.checkpoint()
            count += 1

    async with trio.open_nursery() as nursery:
        nursery.start_soon(take_turns)
        yield lambda: count
        nursery.cancel_scope.cancel()


@pytest.mark.parametrize(
    "data",
    [
        client_frame(PONG) * COUNT,
        client_frame(PING) * COUNT,
        (START + MORE * 98 + LAST) * (COUNT // 100),
        (START + LAST) * (COUNT // 2),
        (client_frame(TEXT, b"x") + client_frame(PONG)) * (COUNT // 2),
    ],
    ids=["pongs", "pings", "fragments", "empty", "mixed"],
)
async def test_floods_of_each_frame_kind_yield(data: bytes) -> None:
    async with turns() as taken:
        await serve(ScriptedPeer([data]), Record())
        assert taken() >= COUNT // UNUSUAL_A_TURN


async def test_batches_of_texts_are_bounded() -> None:
    got = list[int]()

    async def handler(websocket: WebSocket) -> None:
        while True:
            got.append(len(await websocket.receive()))

    await serve(ScriptedPeer([client_frame(TEXT) * COUNT]), handler)
    assert sum(got) == COUNT
    assert max(got) == MAX_TEXTS_PER_SPLIT


@pytest.mark.parametrize("batch", [1, 31])
async def test_calls_between_other_frames_yield(nursery: trio.Nursery, batch: int) -> None:
    """With batches of any size."""
    world = await World.start(nursery, rate_limits="off")
    data = (client_frame(TEXT, b"nonsense") * batch + client_frame(PONG)) * (COUNT // (batch + 1))
    async with turns() as taken:
        await world.node.admission.handle(ScriptedPeer([head("/ws", UPGRADE), data]), "192.0.2.1")
        assert taken() >= COUNT // A_TURN
