"""The high-water mark: what it counts, and which losses it reveals."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
import trio

from chatroom.errors import StartError, StorageFull
from chatroom.model import Account
from chatroom.store.room_log import Batch
from chatroom.store.sqlite import SqliteStore
from chatroom.store.sqlite.commit_mark import (
    MARK,
    CommitCount,
    CommitMark,
    read_mark,
)

from .room_log import StoredRoom, nothing

DATA_SET = "0123456789abcdef"


def commits(directory: Path) -> int:
    reached = read_mark(directory)
    assert reached is not None
    return reached.commits


async def test_exactly_the_commits_are_counted(store: SqliteStore, tmp_path: Path) -> None:
    talk = StoredRoom(store)
    assert commits(tmp_path) == 0
    steps: list[Callable[[], Awaitable[object]]] = [
        lambda: talk.make("alice", "bob"),
        lambda: talk.post("alice"),
        lambda: talk.edit(1, "edited"),
        lambda: talk.delete(1),
        lambda: talk.read("bob", 1),
        lambda: talk.leave("bob"),
        lambda: talk.prune(1),
        lambda: store.add_accounts([Account("alice", "Alice", None, 1)]),
    ]
    for count, step in enumerate(steps, 1):
        await step()
        assert commits(tmp_path) == count
        # The database has the count too, written in the same transaction.
        assert store._connection.execute("PRAGMA user_version").fetchone() == (count,)
    await store.commit(Batch("lobby", nothing))
    assert commits(tmp_path) == len(steps)


async def test_failed_commit_is_not_counted(store: SqliteStore, tmp_path: Path) -> None:
    talk = StoredRoom(store)
    await talk.make("alice")
    (pages,) = store._connection.execute("PRAGMA page_count").fetchone()
    store._connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StorageFull):
        await talk.post("alice", "x" * 16_000)
    assert commits(tmp_path) == 1


async def _copy_while_it_runs(store: SqliteStore, source: Path, copy: Path) -> None:
    """Copy the files as a kill leaves them, with ten messages in the WAL."""
    talk = StoredRoom(store)
    await talk.make("alice")
    for _ in range(10):
        await talk.post("alice")
    copy.mkdir()  # noqa: ASYNC240
    for name in ("chatroom.db", "chatroom.db-wal", MARK):
        (copy / name).write_bytes((source / name).read_bytes())


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _damage(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("how", [_cut, _damage, Path.unlink], ids=["cut", "damaged", "missing"])
async def test_wal_that_lost_commits_is_refused_and_unchanged(
    store: SqliteStore, tmp_path: Path, how: Callable[[Path], None]
) -> None:
    copy = tmp_path / "copy"
    await _copy_while_it_runs(store, tmp_path, copy)
    how(copy / "chatroom.db-wal")
    before = {name: (copy / name).read_bytes() for name in ("chatroom.db", MARK)}
    for _ in range(2):
        with pytest.raises(StartError, match=r"lacks the last \d+ of its 11 commits"):
            SqliteStore.open(copy)
    assert {name: (copy / name).read_bytes() for name in before} == before
    if how is _damage:
        log = bytearray((tmp_path / "chatroom.db-wal").read_bytes())
        assert len((copy / "chatroom.db-wal").read_bytes()) == len(log)


@pytest.mark.parametrize(
    "content", [None, b"", b"chatroom 1 0123", b"chatroom 1 %s 9999999999 00000000\n"]
)
async def test_invalid_mark_is_ignored(
    store: SqliteStore, tmp_path: Path, content: bytes | None
) -> None:
    """A mark that is missing, empty, torn or has a wrong checksum is rewritten."""
    copy = tmp_path / "copy"
    await _copy_while_it_runs(store, tmp_path, copy)
    if content is None:
        (copy / MARK).unlink()
    else:
        (copy / MARK).write_bytes(content.replace(b"%s", store._mark.reached.data_set.encode()))
    SqliteStore.open(copy).close()
    assert read_mark(copy) == CommitCount(store._mark.reached.data_set, 11)


async def test_mark_behind_the_database_is_accepted(store: SqliteStore, tmp_path: Path) -> None:
    """After a power cut the commits may be on the disk while the mark is not."""
    copy = tmp_path / "copy"
    await _copy_while_it_runs(store, tmp_path, copy)
    (copy / MARK).write_bytes(CommitCount(store._mark.reached.data_set, 3).line())
    SqliteStore.open(copy).close()
    assert read_mark(copy) == CommitCount(store._mark.reached.data_set, 11)


async def test_unwritable_mark_is_logged_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    SqliteStore.open(tmp_path).close()
    (tmp_path / MARK).unlink()
    (tmp_path / MARK).mkdir()
    store = SqliteStore.open(tmp_path)
    async with trio.open_nursery() as nursery:
        await nursery.start(store.run)
        talk = StoredRoom(store)
        await talk.make("alice")
        await talk.post("alice")
        nursery.cancel_scope.cancel()
    store.close()
    assert caplog.messages == ["chatroom.mark cannot be written: Is a directory"]


def test_count_wraps_around() -> None:
    last = (1 << 32) - 1
    assert CommitCount(DATA_SET, last).behind(CommitCount(DATA_SET, 2)) == 3
    assert CommitCount(DATA_SET, 2).behind(CommitCount(DATA_SET, last)) == 0
    assert CommitCount(DATA_SET, 7).behind(CommitCount(DATA_SET, 7)) == 0


@pytest.mark.parametrize("start", [(1 << 31) - 2, (1 << 32) - 2])
async def test_header_holds_every_count(tmp_path: Path, start: int) -> None:
    """The header has 32 bits with a sign, the mark has none."""
    store = SqliteStore.open(tmp_path)
    store._mark._reached = CommitCount(store._mark.reached.data_set, start)
    async with trio.open_nursery() as nursery:
        await nursery.start(store.run)
        talk = StoredRoom(store)
        await talk.make("alice")
        for _ in range(3):
            await talk.post("alice")
        nursery.cancel_scope.cancel()
    store.close()
    assert commits(tmp_path) == (start + 4) % (1 << 32)
    SqliteStore.open(tmp_path).close()
    assert commits(tmp_path) == (start + 4) % (1 << 32)


def test_lines_have_one_length(tmp_path: Path) -> None:
    CommitMark(tmp_path, CommitCount(DATA_SET, (1 << 32) - 1)).close()
    assert read_mark(tmp_path) == CommitCount(DATA_SET, (1 << 32) - 1)
    CommitMark(tmp_path, CommitCount(DATA_SET, 0)).close()
    assert read_mark(tmp_path) == CommitCount(DATA_SET, 0)
