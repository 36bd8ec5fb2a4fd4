"""Reads that fail: where a page is damaged, and where no thread is to be had."""

from pathlib import Path

import pytest
import trio

from chatroom.errors import StorageDamaged
from chatroom.store.sqlite import SqliteStore

from .talk import Talk, damage, opened


async def test_a_damaged_page_is_trouble_and_the_rest_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with opened(tmp_path) as store:
        talk = Talk(store)
        await talk.make("alice")
        await talk.commit(*[talk.posting("alice", "x" * 1000) for _ in range(20)])
    damage(tmp_path / "chatroom.db")
    async with opened(tmp_path) as store:
        talk.store = store
        for _ in range(3):
            with pytest.raises(StorageDamaged, match="malformed"):
                await store.page("lobby", 3, after=0)
            await talk.post("alice")
            assert list((await store.page("lobby", 3)).messages) == talk.messages()[-3:]
            assert store.trouble() == caplog.messages[0]
        assert "malformed" in caplog.messages[0]
        assert len(caplog.messages) == 1


async def test_what_nobody_could_read_is_no_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_thread(*_: object, **__: object) -> None:
        raise RuntimeError("can't start new thread")

    store = SqliteStore.open(tmp_path)
    failed = []

    async def read() -> None:
        with pytest.raises(trio.ClosedResourceError):
            await store.room("lobby")
        failed.append("read")

    async with trio.open_nursery() as waiting:
        waiting.start_soon(read)
        with pytest.RaisesGroup(RuntimeError, flatten_subgroups=True):
            async with trio.open_nursery() as running:
                await running.start(store.run)
                monkeypatch.setattr(trio.to_thread, "run_sync", no_thread)
    assert failed == ["read"]
    store.close()
