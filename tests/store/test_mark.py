"""The high-water mark: what it counts, and which losses it reveals."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from chatroom.errors import StartError, StorageFull
from chatroom.model import Account
from chatroom.store.room_log import Batch
from chatroom.store.sqlite import SqliteStore
from chatroom.store.sqlite.commit_mark import MARK, CommitCount, CommitMark, read_mark

from .room_log import StoredRoom, copy_files, marked, nothing, opened

DATA_SET = "0123456789abcdef"


async def test_exactly_the_commits_are_counted(store: SqliteStore, tmp_path: Path) -> None:
    talk = StoredRoom(store)
    assert marked(tmp_path).commits == 0
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
        assert marked(tmp_path).commits == count
        # The database has the count too, written in the same transaction.
        assert store._connection.execute("PRAGMA user_version").fetchone() == (count,)
    await store.commit(Batch("lobby", nothing))
    assert marked(tmp_path).commits == len(steps)


async def test_failed_commit_is_not_counted(store: SqliteStore, tmp_path: Path) -> None:
    talk = StoredRoom(store)
    await talk.make("alice")
    (pages,) = store._connection.execute("PRAGMA page_count").fetchone()
    store._connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StorageFull):
        await talk.post("alice", "x" * 16_000)
    assert marked(tmp_path).commits == 1


@pytest.fixture
async def copy(store: SqliteStore, tmp_path: Path) -> Path:
    """The files of a running store, with ten messages in the WAL."""
    talk = StoredRoom(store)
    await talk.make("alice")
    for _ in range(10):
        await talk.post("alice")
    copy_files(tmp_path, tmp_path / "copy")
    return tmp_path / "copy"


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _damage(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("how", [_cut, _damage, Path.unlink], ids=["cut", "damaged", "missing"])
async def test_wal_that_lost_commits_is_refused_and_unchanged(
    copy: Path, how: Callable[[Path], None]
) -> None:
    size = (copy / "chatroom.db-wal").stat().st_size
    how(copy / "chatroom.db-wal")
    before = {name: (copy / name).read_bytes() for name in ("chatroom.db", MARK)}
    for _ in range(2):
        with pytest.raises(StartError, match=r"lacks the last \d+ of its 11 commits"):
            SqliteStore.open(copy)
    assert {name: (copy / name).read_bytes() for name in before} == before
    if how is _damage:
        assert (copy / "chatroom.db-wal").stat().st_size == size


@pytest.mark.parametrize(
    "content", [None, b"", b"chatroom 1 0123", b"chatroom 1 %s 9999999999 00000000\n", "behind"]
)
async def test_invalid_mark_or_one_that_is_behind_is_rewritten(
    copy: Path, content: bytes | str | None
) -> None:
    """It is missing, empty, torn, or has a wrong checksum; or after a power cut the commits are on
    the disk while the mark is not."""
    reached = marked(copy)
    assert reached.commits == 11
    if content is None:
        (copy / MARK).unlink()
    elif isinstance(content, str):
        (copy / MARK).write_bytes(CommitCount(reached.data_set, 3).line())
    else:
        (copy / MARK).write_bytes(content.replace(b"%s", reached.data_set.encode()))
    SqliteStore.open(copy).close()
    assert read_mark(copy) == reached


async def test_unwritable_mark_is_logged_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    SqliteStore.open(tmp_path).close()
    (tmp_path / MARK).unlink()
    (tmp_path / MARK).mkdir()
    async with opened(tmp_path) as store:
        talk = StoredRoom(store)
        await talk.make("alice")
        await talk.post("alice")
    assert caplog.messages == ["chatroom.mark cannot be written: Is a directory"]


def test_count_wraps_around() -> None:
    last = (1 << 32) - 1
    assert CommitCount(DATA_SET, last).behind(CommitCount(DATA_SET, 2)) == 3
    assert CommitCount(DATA_SET, 2).behind(CommitCount(DATA_SET, last)) == 0
    assert CommitCount(DATA_SET, 7).behind(CommitCount(DATA_SET, 7)) == 0


@pytest.mark.parametrize("start", [(1 << 31) - 2, (1 << 32) - 2])
async def test_header_holds_every_count(tmp_path: Path, start: int) -> None:
    """The header has 32 bits with a sign, the mark has none."""
    async with opened(tmp_path) as store:
        store._mark._reached = CommitCount(store._mark.reached.data_set, start)
        talk = StoredRoom(store)
        await talk.make("alice")
        for _ in range(3):
            await talk.post("alice")
    assert marked(tmp_path).commits == (start + 4) % (1 << 32)
    SqliteStore.open(tmp_path).close()
    assert marked(tmp_path).commits == (start + 4) % (1 << 32)


def test_lines_have_one_length(tmp_path: Path) -> None:
    for count in ((1 << 32) - 1, 0):
        CommitMark(tmp_path, CommitCount(DATA_SET, count)).close()
        assert read_mark(tmp_path) == CommitCount(DATA_SET, count)
