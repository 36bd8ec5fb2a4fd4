"""The event loop yields to the store's threads."""

import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import attrs
import pytest
import trio

from chatroom.store.sql.gil_yield import MAX_BUSY_PASSES, YieldToThreads
from chatroom.store.sqlite import SqliteStore

from .room_log import opened, rooms

MEMORY: Final = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - no fixed name in it


async def test_busy_loop_yields_while_a_thread_works(store: SqliteStore) -> None:
    class Count(YieldToThreads):
        rounds = 0

        def before_io_wait(self, timeout: float) -> None:
            self.rounds += self._store.busy
            super().before_io_wait(timeout)

    async def rounds(work: Callable[[], Awaitable[object]]) -> int:
        count = Count(store)
        trio.lowlevel.add_instrument(count)
        await work()
        trio.lowlevel.remove_instrument(count)
        return count.rounds

    (talk,) = await rooms(store, 1)
    assert await rounds(partial(talk.post, "alice"))
    assert await rounds(partial(store.page, "room-0", 9))
    assert not await rounds(trio.lowlevel.checkpoint)


def test_loop_pauses_after_busy_passes_beside_a_thread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    @attrs.define
    class Thread:
        busy: bool = True

    pauses: list[float] = []
    monkeypatch.setattr(time, "sleep", pauses.append)
    thread = Thread()
    yielding = YieldToThreads(thread)
    for _ in range(MAX_BUSY_PASSES - 1):
        yielding.before_io_wait(0)
    yielding.before_io_wait(1)  # the loop idles
    for _ in range(MAX_BUSY_PASSES - 1):
        yielding.before_io_wait(0)
    assert pauses == []
    for _ in range(3):
        yielding.before_io_wait(0)
    assert len(pauses) == 3, "in each pass from then on"
    thread.busy = False
    yielding.before_io_wait(0)
    assert len(pauses) == 3


async def test_commits_and_reads_complete_beside_a_busy_loop() -> None:
    """Limits the passes of the loop: about 20 per operation here, about a hundred on a busy
    machine, and sometimes tens of thousands without the pauses. The files are in memory, so that
    no disk adds passes."""
    passes, works = 2000, 20
    finished = 0

    async def work(store: SqliteStore) -> None:
        nonlocal finished
        (talk,) = await rooms(store, 1)
        for _ in range(works):
            await talk.post("alice")
            await store.page("room-0", 9)
            finished += 1

    with TemporaryDirectory(dir=MEMORY) as directory:
        async with opened(Path(directory)) as store, trio.open_nursery() as nursery:
            yielding = YieldToThreads(store)
            trio.lowlevel.add_instrument(yielding)
            nursery.start_soon(work, store)
            for _ in range(works * passes):
                await trio.lowlevel.checkpoint()
                if finished == works:
                    break
            trio.lowlevel.remove_instrument(yielding)
            nursery.cancel_scope.cancel()
    assert finished == works
