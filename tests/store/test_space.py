"""Space left by pruning is given back in slices, and deleted data is overwritten."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest
import trio
from trio.testing import MockClock

from chatroom.store.free_space import MAX_ROUND_S, give_back_space
from chatroom.store.sqlite import SqliteStore, vacuum
from chatroom.store.sqlite.commit_mark import read_mark
from chatroom.store.sqlite.connection import checkpoint
from chatroom.store.sqlite.integrity import faults

from ..memory_store import MemoryStore
from .room_log import StoredRoom, opened

KEPT: Final = 8


@pytest.fixture
async def pruned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SqliteStore]:
    """A store in which 590 of 600 messages were pruned."""
    monkeypatch.setattr(vacuum, "KEPT_PAGES", KEPT)
    async with opened(tmp_path) as store:
        talk = StoredRoom(store)
        await talk.make("alice")
        for _ in range(20):
            await talk.commit(*[talk.posting("alice", "y" * 400) for _ in range(30)])
        for number in range(10):
            await talk.post("alice", f"{number} " + "x" * 2000)
        await talk.prune(600)
        yield store


def unused(store: SqliteStore) -> int:
    (pages,) = store._connection.execute("PRAGMA freelist_count").fetchone()
    return int(pages)


async def test_file_shrinks_and_keeps_its_data(pruned: SqliteStore, tmp_path: Path) -> None:
    checkpoint(pruned._connection)
    before = await pruned.page("lobby", 200)
    size, free = (tmp_path / "chatroom.db").stat().st_size, unused(pruned)
    assert free > 2 * KEPT
    while await pruned.give_back():
        pass
    assert unused(pruned) == KEPT
    assert (tmp_path / "chatroom.db").stat().st_size <= size - (free - KEPT) * 4096
    assert await pruned.page("lobby", 200) == before
    assert faults(tmp_path) == []
    mark = read_mark(tmp_path)
    assert not await pruned.give_back()
    assert read_mark(tmp_path) == mark, "what gives back nothing is no commit"


async def test_slice_has_a_time_limit(pruned: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0

    def tick() -> float:
        nonlocal now
        now += vacuum.MAX_SLICE_S / 4
        return now

    monkeypatch.setattr(vacuum, "perf_counter", tick)
    before = unused(pruned)
    assert await pruned.give_back()
    assert unused(pruned) == before - 3


async def test_other_writes_run_between_slices(pruned: SqliteStore) -> None:
    talk = StoredRoom(pruned, "den")
    await talk.make("alice")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(give_back_space, pruned)
        for _ in range(5):
            await talk.post("alice")
    assert unused(pruned) <= KEPT
    assert (await pruned.page("den", 9)).head_seq == 5


class Endless(MemoryStore):
    asked = 0

    async def give_back(self) -> bool:
        self.asked += 1
        await trio.sleep(0.1)
        return True


async def test_round_is_limited_and_mostly_idle(autojump_clock: MockClock) -> None:
    store, began = Endless(), trio.current_time()
    await give_back_space(store)
    assert trio.current_time() - began == pytest.approx(MAX_ROUND_S)
    assert store.asked * 0.1 <= MAX_ROUND_S / 5


# ---- deleted data


async def test_deleted_text_is_in_no_file(tmp_path: Path) -> None:
    deleted, edited = "nobody shall read this" * 9, "nor what this was before" * 300
    async with opened(tmp_path) as store:
        assert store._connection.execute("PRAGMA secure_delete").fetchone() == (1,)
        talk = StoredRoom(store)
        await talk.make("alice")
        await talk.post("alice", deleted)
        await talk.post("alice", edited)
        checkpoint(store._connection)
        content = (tmp_path / "chatroom.db").read_bytes()
        assert deleted[:100].encode() in content
        await talk.delete(1)
        await talk.edit(2, "short")
    content = (tmp_path / "chatroom.db").read_bytes()
    assert b"nobody shall read this" not in content
    assert b"nor what this was before" not in content
