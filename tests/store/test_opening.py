"""Checks before a database is used, and what an operator can do about a refusal."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from chatroom.errors import StartError
from chatroom.store.sqlite import SqliteStore, startup
from chatroom.store.sqlite.commit_mark import MARK, read_mark
from chatroom.store.sqlite.connection import checkpoint, connect_read_only
from chatroom.store.sqlite.integrity import faults
from chatroom.store.sqlite.startup import accept_loss

from .room_log import COMMITS, StoredRoom, connected, copy_files, damage, names, opened

# ---- creation


@pytest.mark.parametrize("name", ["lock", MARK, "chatroom.db-wal", "copy.db"])
def test_missing_database_is_not_replaced(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("something")
    with pytest.raises(StartError, match=rf"is missing .*\({name}\).* chatroom serve --init"):
        SqliteStore.open(tmp_path, [name])
    assert names(tmp_path) == [name]
    SqliteStore.open(tmp_path, [name], init=True).close()
    assert faults(tmp_path) == []


def test_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "chatroom.db").touch()
    with pytest.raises(StartError, match=r"missing or empty"):
        SqliteStore.open(tmp_path, ["chatroom.db"])


def test_interrupted_creation_is_repeated(tmp_path: Path) -> None:
    (tmp_path / "chatroom.db.new").write_bytes(b"half")
    (tmp_path / "chatroom.db.new-journal").write_bytes(b"half")
    SqliteStore.open(tmp_path, ["lock", "chatroom.db.new"]).close()
    assert names(tmp_path) == ["chatroom.db", MARK]


def test_repeated_creation_may_be_interrupted_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is interrupted after the removal of each file."""
    first = ("chatroom.db.new", "chatroom.db.new-journal", "chatroom.db.new-wal")
    unlink = Path.unlink
    removed: list[Path] = []

    def remove(path: Path, missing_ok: bool = False) -> None:
        there = path.exists()
        unlink(path, missing_ok)
        if there:
            removed.append(path)
            raise KeyboardInterrupt

    for name in first:
        (tmp_path / name).write_bytes(b"half")
    while found := names(tmp_path):
        with monkeypatch.context() as cut:
            cut.setattr(Path, "unlink", remove)
            with pytest.raises(KeyboardInterrupt):
                SqliteStore.open(tmp_path, found)
    assert len(removed) == len(first)
    SqliteStore.open(tmp_path).close()


def test_init_never_replaces_a_database(data: Path) -> None:
    before = (data / "chatroom.db").read_bytes()
    with pytest.raises(StartError, match="exists already"):
        SqliteStore.open(data, init=True)
    assert (data / "chatroom.db").read_bytes() == before


def test_directory_that_cannot_be_created_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StartError, match="cannot be opened"):
        SqliteStore.open(tmp_path / "file")


# ---- damage


def _overwrite(start: int, content: bytes) -> Callable[[Path], None]:
    def overwrite(path: Path) -> None:
        found = path.read_bytes()
        path.write_bytes(found[:start] + content + found[start + len(content) :])

    return overwrite


def _cut(size: int) -> Callable[[Path], None]:
    def cut(path: Path) -> None:
        path.write_bytes(path.read_bytes()[:size])

    return cut


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (_overwrite(0, b"garbage, garbage"), "its start is damaged, or it is not a database"),
        (_overwrite(16, b"\x12\x34"), "its start is damaged"),
        (_overwrite(18, b"\x09\x09"), "its start is damaged|unsupported"),
        (_overwrite(68, b"\0\0\0\0"), "of another program, or its header is damaged"),
        (_overwrite(100, bytes(3996)), "it is damaged"),
        (_overwrite(100, b"\xff" * 3996), "it is damaged"),
        (_cut(50), "it is damaged"),
        (_cut(4096), "it is damaged"),
        (_cut(-4096), "it is damaged"),
        (_cut(-100), "it is truncated: 1 page is missing"),
    ],
)
def test_damaged_database_is_refused_and_unchanged(
    data: Path, harm: Callable[[Path], None], said: str
) -> None:
    harm(data / "chatroom.db")
    before = (data / "chatroom.db").read_bytes()
    with pytest.raises(StartError, match=said):
        SqliteStore.open(data)
    with pytest.raises(StartError, match=said):
        accept_loss(data)
    assert (data / "chatroom.db").read_bytes() == before


def test_damage_within_the_data_is_found_by_the_check(data: Path) -> None:
    assert faults(data) == []
    damage(data / "chatroom.db")
    SqliteStore.open(data).close()
    assert faults(data) != []


async def test_interrupted_checkpoint_is_accepted(tmp_path: Path) -> None:
    """The file is too short, but the WAL has the missing pages."""
    async with opened(tmp_path) as store:
        before = (tmp_path / "chatroom.db").stat().st_size
        talk = StoredRoom(store)
        await talk.make("alice")
        for number in range(50):  # too few for a checkpoint
            await talk.post("alice", f"text {number}" * 200)
        store._connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
        whole = (tmp_path / "chatroom.db").read_bytes()
        copy = tmp_path / "copy"
        copy_files(tmp_path, copy)
    assert before < len(whole)
    (copy / "chatroom.db").write_bytes(whole[: before + 100])
    SqliteStore.open(copy).close()
    assert faults(copy) == []
    assert (copy / "chatroom.db").stat().st_size == len(whole)


async def test_concurrent_reader_does_not_prevent_a_start(tmp_path: Path) -> None:
    """A backup runs while the server is killed and restarted."""
    data, killed = tmp_path / "data", tmp_path / "killed"
    async with opened(data) as store:
        talk = StoredRoom(store)
        await talk.make("alice")
        await talk.post("alice")
        copy_files(data, killed)
    with closing(connect_read_only(killed / "chatroom.db")) as reader:
        reader.execute("BEGIN")
        assert reader.execute("SELECT count(*) FROM messages").fetchone() == (1,)
        async with opened(killed) as again:
            talk.store = again
            await talk.post("alice")
        assert reader.execute("SELECT count(*) FROM messages").fetchone() == (1,)
    async with opened(killed) as again:
        assert (await again.page("lobby", 9)).head_seq == 2
    assert faults(killed) == []


# ---- accept-loss


async def test_older_copy_is_refused_until_the_loss_is_accepted(data: Path) -> None:
    old = (data / "chatroom.db").read_bytes()
    async with opened(data) as store:
        await StoredRoom(store, "later").make("alice")
    (data / "chatroom.db").write_bytes(old)
    with pytest.raises(
        StartError, match=rf"the last 1 of its {COMMITS + 1} .*accept-loss --data"
    ) as refused:
        SqliteStore.open(data)
    assert faults(data) == [str(refused.value).partition("used: ")[2]]
    assert accept_loss(data) == 1
    again = SqliteStore.open(data)
    assert again._mark.reached == read_mark(data)
    assert again._mark.reached.data_set != store._mark.reached.data_set
    assert again._mark.reached.commits == COMMITS
    again.close()
    # The same copy has the old id, which is another data set now.
    (data / "chatroom.db").write_bytes(old)
    with pytest.raises(StartError, match="another data set"):
        SqliteStore.open(data)
    assert accept_loss(data) is None
    SqliteStore.open(data).close()


@pytest.mark.parametrize(
    ("step", "said"),
    [("CommitMark", None), ("set_data_set", "another data set"), ("checkpoint", None)],
)
def test_interrupted_acceptance_is_done_or_can_be_repeated(
    data: Path, monkeypatch: pytest.MonkeyPatch, step: str, said: str | None
) -> None:
    """``said`` None: the loss is accepted already."""

    def cut_off(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as cut:
        cut.setattr(startup, step, cut_off)
        with pytest.raises(KeyboardInterrupt):
            accept_loss(data)
    if said is None:
        SqliteStore.open(data).close()
    else:
        with pytest.raises(StartError, match=said):
            SqliteStore.open(data)
    accept_loss(data)
    SqliteStore.open(data).close()
    assert faults(data) == []


def test_accept_loss_without_a_database_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StartError, match="restore a backup first"):
        accept_loss(tmp_path)
    with pytest.raises(StartError, match="it does not exist"):
        faults(tmp_path)


# ---- a WAL of another database


async def test_wal_of_the_previous_database_is_refused(tmp_path: Path) -> None:
    """The last commit of the WAL has the right count, but pages are missing from both files."""
    data, copy = tmp_path / "data", tmp_path / "copy"
    async with opened(data) as store:
        talk = StoredRoom(store)
        await talk.make("alice")
        for _ in range(200):
            await talk.post("alice", "first" * 20)
        with connected(data) as source, closing(sqlite3.connect(tmp_path / "backup.db")) as target:
            source.backup(target)
        await talk.edit(1, "second")
        checkpoint(store._connection)
        await talk.edit(200, "third")
        copy_files(data, copy)
    shutil.copyfile(tmp_path / "backup.db", copy / "chatroom.db")
    for use in (SqliteStore.open, accept_loss):
        with pytest.raises(StartError, match=r"chatroom.db-wal does not belong to this database"):
            use(copy)
    (copy / "chatroom.db-wal").unlink()
    with pytest.raises(StartError, match="lacks the last 2 of its 203 commits"):
        SqliteStore.open(copy)
    assert accept_loss(copy) == 2


async def test_wal_older_than_the_database_is_refused(tmp_path: Path) -> None:
    """The database has all that was truncated from the WAL. Nothing is missing without the WAL."""
    data, copy = tmp_path / "data", tmp_path / "copy"
    async with opened(data) as store:
        talk = StoredRoom(store)
        await talk.make("alice")
        for _ in range(50):  # too few for a checkpoint
            await talk.post("alice")
        store._connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
        copy_files(data, copy)
    _cut((copy / "chatroom.db-wal").stat().st_size // 2)(copy / "chatroom.db-wal")
    before = (copy / "chatroom.db").read_bytes()
    for use in (SqliteStore.open, accept_loss):
        with pytest.raises(StartError, match=r"chatroom.db-wal does not belong to this database"):
            use(copy)
    assert (copy / "chatroom.db").read_bytes() == before
    (copy / "chatroom.db-wal").unlink()
    SqliteStore.open(copy).close()
    assert faults(copy) == []
