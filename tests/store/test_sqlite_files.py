"""Database files: closed, left by a kill, reopened, or foreign."""

import sqlite3
from pathlib import Path

import pytest

from chatroom.errors import StartError
from chatroom.model import Account, Token
from chatroom.store.sqlite import SqliteStore

from .room_log import StoredRoom, opened, rooms


async def test_reopened_store_has_all_data(tmp_path: Path) -> None:
    async with opened(tmp_path) as first:
        talk = StoredRoom(first)
        await talk.make("alice", "bob")
        await talk.talk("alice", 5)
        await talk.edit(2, "edited", ("bob",))
        await talk.prune(1)
        await talk.read("bob", 2)
        alice = Account("alice", "Alice", "hash", 1)
        token = Token(b"digest", "alice", 1, 2, "id")
        await first.add_accounts([alice])
        await first.add_tokens([token])
        before = await first.inbox("bob"), await first.room("lobby")
    assert _names(tmp_path) == ["chatroom.db", "chatroom.mark"]
    async with opened(tmp_path) as again:
        assert again._mark.reached.data_set == first._mark.reached.data_set
        assert (await again.inbox("bob"), await again.room("lobby")) == before
        assert list((await again.page("lobby", 9)).messages) == talk.messages()
        assert list((await again.changes("lobby", 1, 9)).messages) == talk.after_rev(1)
        assert await again.token(b"digest") == (token, alice)


def _names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


async def test_opening_after_a_kill_checkpoints_the_wal(store: SqliteStore, tmp_path: Path) -> None:
    (talk,) = await rooms(store, 1)
    await talk.post("alice")
    copy = tmp_path / "copy"
    copy.mkdir()
    for name in ("chatroom.db", "chatroom.db-wal"):  # left by a killed process
        (copy / name).write_bytes((tmp_path / name).read_bytes())
    assert (copy / "chatroom.db-wal").stat().st_size
    async with opened(copy) as again:
        assert (copy / "chatroom.db-wal").stat().st_size == 0
        assert list((await again.page("room-0", 9)).messages) == talk.messages()


async def test_each_data_set_has_its_own_id(tmp_path: Path) -> None:
    stores = [SqliteStore.open(tmp_path / name) for name in ("one", "two")]
    assert len({store._mark.reached.data_set for store in stores}) == 2
    for store in stores:
        store.close()


def test_foreign_file_is_refused_and_unchanged(tmp_path: Path) -> None:
    path = tmp_path / "chatroom.db"
    path.write_bytes(b"not a database, " * 100)
    with pytest.raises(StartError, match="not a database"):
        SqliteStore.open(tmp_path)
    path.unlink()
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE messages (anything)")
    other.close()
    before = path.read_bytes()
    with pytest.raises(StartError, match="another program"):
        SqliteStore.open(tmp_path)
    assert path.read_bytes() == before


def test_newer_schema_is_refused(tmp_path: Path) -> None:
    SqliteStore.open(tmp_path).close()
    newer = sqlite3.connect(tmp_path / "chatroom.db", isolation_level=None)
    newer.execute(
        """
        INSERT INTO _sqlite_migrations (migration_set, name, applied_at)
        VALUES ('chatroom', 'm999_from_the_future', '')
        """
    )
    newer.close()
    with pytest.raises(StartError, match="newer version"):
        SqliteStore.open(tmp_path)


def test_directory_that_cannot_be_created_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StartError, match="cannot be opened"):
        SqliteStore.open(tmp_path / "file")
