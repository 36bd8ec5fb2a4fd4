"""A client that sends thousands of frames at once does not starve other tasks."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
import trio

from chatroom.net.frames import MAX_TEXTS_PER_SPLIT
from chatroom.net.websocket import WebSocket

from ..session.node_harness import World
from .clients import UPGRADE, Record, ScriptedPeer, head, serve
from .frames import CONTINUATION, PING, PONG, TEXT, client_frame

COUNT = 10_000
A_TURN = 100
"""Mean number of frames handled before other tasks run, at most."""
UNUSUAL_A_TURN = 10
"""The same for frames that are not plain texts."""
EMPTY = client_frame(TEXT, b"", fin=False)
MORE = client_frame(CONTINUATION, b"x", fin=False)
LAST = client_frame(CONTINUATION)


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
        (EMPTY + MORE * 98 + LAST) * (COUNT // 100),
        (EMPTY + LAST) * (COUNT // 2),
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
