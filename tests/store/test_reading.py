"""Damaged pages, and a system that cannot start threads."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TypeVar

import pytest
import trio
from outcome import Outcome

from chatroom.errors import NoThread, StorageDamaged
from chatroom.store.room_log import Batch, Bounds
from chatroom.store.sql.threads import in_thread

from .room_log import StoredRoom, connected, damage, nothing, opened

T = TypeVar("T")


@pytest.fixture
async def talk(tmp_path: Path) -> AsyncIterator[StoredRoom]:
    """A room whose first messages are on a damaged page."""
    async with opened(tmp_path) as store:
        talk = StoredRoom(store)
        await talk.make("alice")
        await talk.commit(*[talk.posting("alice", "x" * 1000) for _ in range(20)])
    damage(tmp_path / "chatroom.db")
    async with opened(tmp_path) as store:
        talk.store = store
        yield talk


async def test_damaged_page_is_reported_and_other_reads_succeed(
    talk: StoredRoom, caplog: pytest.LogCaptureFixture
) -> None:
    store = talk.store
    for _ in range(3):
        with pytest.raises(StorageDamaged, match="malformed"):
            await store.page("lobby", 3, Bounds(after=0))
        await talk.post("alice")
        assert list((await store.page("lobby", 3)).messages) == talk.messages()[-3:]
        assert store.damage() == caplog.messages[0]
        assert store.trouble() is None
    assert "malformed" in caplog.messages[0]
    assert len(caplog.messages) == 1


async def test_commit_that_needs_a_damaged_page_fails_alone(talk: StoredRoom) -> None:
    store, failed = talk.store, list[str]()

    async def edit() -> None:
        with pytest.raises(StorageDamaged, match="malformed"):
            await store.commit(Batch("lobby", nothing, seqs=(1,)))
        failed.append("edit")

    async with trio.open_nursery() as nursery:
        nursery.start_soon(edit)
        nursery.start_soon(talk.post, "alice")
    await talk.post("alice")
    assert failed == ["edit"]
    assert store.trouble() is None
    assert "malformed" in (store.damage() or "")
    assert list((await store.page("lobby", 3)).messages) == talk.messages()[-3:]


async def test_report_of_a_damaged_text_does_not_contain_the_text(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with opened(tmp_path) as store:
        talk = StoredRoom(store)
        await talk.make("alice")
        await talk.post("alice")
    with connected(tmp_path) as connection:
        connection.execute("UPDATE messages SET text = CAST(x'736563726574ff' AS TEXT)")  # "secret"
    async with opened(tmp_path) as store:
        with pytest.raises(StorageDamaged, match=r"decode to UTF-8 column 'text'$") as read:
            await store.page("lobby", 1)
        with pytest.raises(StorageDamaged, match=r"decode to UTF-8 column 'text'$") as written:
            await store.commit(Batch("lobby", nothing, seqs=(1,)))
        reports = [store.damage(), *caplog.messages, str(read.value), str(written.value)]
    assert not any("secret" in str(report) for report in reports)


class Threads:
    """Starts threads. ``left`` is how many may still be started; None: no limit."""

    left: int | None = None

    def run(self, work: Callable[[], T], done: Callable[[Outcome[T]], None]) -> None:
        if self.left is not None:
            if not self.left:
                raise RuntimeError("can't start new thread")
            self.left -= 1
        in_thread(work, done)


async def test_call_without_a_thread_fails_and_the_next_succeeds(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    threads = Threads()
    async with opened(tmp_path, in_thread=threads.run) as store:
        talk = StoredRoom(store)
        await talk.make("alice")
        threads.left = 0
        for _ in range(2):
            with pytest.raises(NoThread, match="can't start new thread"):
                await store.room("lobby")
        assert caplog.messages == ["cannot read: can't start new thread"] * 2
        assert store.trouble() is None
        with pytest.raises(NoThread, match="can't start new thread"):
            await store.commit(Batch("lobby", nothing))
        assert store.trouble() == "cannot write now: can't start new thread"
        threads.left = None
        assert await store.room("lobby") is not None
        await talk.post("alice")
        assert store.trouble() is None
        assert list((await store.page("lobby", 3)).messages) == talk.messages()
