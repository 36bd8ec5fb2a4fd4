"""Whoever sends thousands of frames at once: the others have their turns meanwhile."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
import trio

from chatroom.wire.frames import MOST_TEXTS
from chatroom.wire.websocket import WebSocket

from ..session.world import World
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
EMPTY = client_frame(TEXT, b"", fin=False)
MORE = client_frame(CONTINUATION, b"", fin=False)
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
        EMPTY + MORE * COUNT,
        (EMPTY + LAST) * (COUNT // 2),
        (client_frame(TEXT, b"x") + client_frame(PONG)) * (COUNT // 2),
    ],
    ids=["pongs", "pings", "endless", "empty", "mixed"],
)
async def test_frames_of_every_kind(data: bytes) -> None:
    async with turns() as taken:
        await serve(Script([data]), Record())
        assert taken() >= COUNT // A_TURN


async def test_texts_come_in_batches_that_end() -> None:
    got = list[int]()

    async def handler(websocket: WebSocket) -> None:
        while True:
            got.append(len(await websocket.receive()))

    await serve(Script([client_frame(TEXT) * COUNT]), handler)
    assert sum(got) == COUNT
    assert max(got) == MOST_TEXTS


@pytest.mark.parametrize("batch", [1, 31])
async def test_calls_among_other_frames(nursery: trio.Nursery, batch: int) -> None:
    """However small the batches that they come in."""
    world = await World.start(nursery, rate_limits="off")
    data = (client_frame(TEXT, b"nonsense") * batch + client_frame(PONG)) * (COUNT // (batch + 1))
    async with turns() as taken:
        await world.node.door.handle(Script([head("/ws", UPGRADE), data]), "192.0.2.1")
        assert taken() >= COUNT // A_TURN


async def test_fragments_without_content_take_no_space() -> None:
    websocket: WebSocket | None = None

    async def handler(opened: WebSocket) -> None:
        nonlocal websocket
        websocket = opened
        assert await opened.receive() == [b"ab"]
        await opened.receive()

    def parts() -> int:
        assert websocket is not None
        assert websocket._judge is not None
        return len(websocket._judge._parts)

    class Looking(Script):
        async def receive_some(self, max_bytes: int | None = None) -> bytes:
            if self.pieces and self.pieces[0].endswith(LAST):
                kept.append(parts())
            return await super().receive_some(max_bytes)

    kept = list[int]()
    first = client_frame(TEXT, b"a", fin=False)
    await serve(
        Looking([first + MORE * 1000, client_frame(CONTINUATION, b"b", fin=False) + LAST]), handler
    )
    assert kept == [1]
