"""Whoever sends thousands of frames at once: the others have their turns meanwhile."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
import trio

from chatroom.net.frames import MAX_TEXTS_PER_SPLIT
from chatroom.net.websocket import WebSocket

from ..session.node_harness import World
from .clients import (
    CONTINUATION,
    PING,
    PONG,
    TEXT,
    UPGRADE,
    Record,
    Script,
    client_frame,
    head,
    serve,
)

COUNT = 10_000
A_TURN = 100
"""Frames at most, on the average, before the others have a turn."""
UNUSUAL_A_TURN = 10
"""The same, of those that are no plain texts."""
EMPTY = client_frame(TEXT, b"", fin=False)
MORE = client_frame(CONTINUATION, b"x", fin=False)
LAST = client_frame(CONTINUATION)


@asynccontextmanager
async def turns() -> AsyncIterator[Callable[[], int]]:
    """How often another task has had its turn."""
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
        await serve(Script([data]), Record())
        assert taken() >= COUNT // UNUSUAL_A_TURN


async def test_batches_of_texts_are_bounded() -> None:
    got = list[int]()

    async def handler(websocket: WebSocket) -> None:
        while True:
            got.append(len(await websocket.receive()))

    await serve(Script([client_frame(TEXT) * COUNT]), handler)
    assert sum(got) == COUNT
    assert max(got) == MAX_TEXTS_PER_SPLIT


@pytest.mark.parametrize("batch", [1, 31])
async def test_calls_between_other_frames_yield(nursery: trio.Nursery, batch: int) -> None:
    """However small the batches that they come in."""
    world = await World.start(nursery, rate_limits="off")
    data = (client_frame(TEXT, b"nonsense") * batch + client_frame(PONG)) * (COUNT // (batch + 1))
    async with turns() as taken:
        await world.node.admission.handle(Script([head("/ws", UPGRADE), data]), "192.0.2.1")
        assert taken() >= COUNT // A_TURN
