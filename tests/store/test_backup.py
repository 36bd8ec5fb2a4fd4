"""Backup and restore: their contents, and what is left after a failure."""

import errno
import fcntl
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import pytest
import trio

from chatroom.errors import StartError
from chatroom.store.sqlite import SqliteStore, backup
from chatroom.store.sqlite.apply import decide_and_write
from chatroom.store.sqlite.backup import PART, back_up, restore
from chatroom.store.sqlite.commit_mark import MARK, read_mark
from chatroom.store.sqlite.incarnations import last_valid_rev
from chatroom.store.sqlite.integrity import faults
from chatroom.store.sqlite.transaction import Job, write_group

from .room_log import StoredRoom, batch_of, opened

MESSAGES: Final = 300
DELETED: Final = "what was deleted, and nobody reads any more"
FIXTURE: Final = Path(__file__).parent / "fixtures" / "10ddc02.db"


def ignore(done: int, total: int) -> None:
    pass


@pytest.fixture(autouse=True)
def umask() -> Iterator[None]:
    """Make new files readable by all, unless the program sets their mode."""
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A directory with a closed database."""
    trio.run(_fill, tmp_path / "data")
    return tmp_path / "data"


async def _fill(directory: Path) -> None:
    async with opened(directory) as store:
        talk = StoredRoom(store)
        await talk.make("alice")
        for number in range(MESSAGES):
            await talk.post("alice", f"text {number}", f"c-{number}")
        await talk.post("alice", DELETED)
        await talk.delete(MESSAGES + 1)
        await talk.prune(100)


def texts(database: Path) -> list[str]:
    with closing(sqlite3.connect(database)) as connection:
        rows = connection.execute("SELECT text FROM messages ORDER BY id").fetchall()
    return [text for (text,) in rows]


def names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


# ---- backup


def test_backup_is_complete_and_private(data: Path, tmp_path: Path) -> None:
    target = tmp_path / "backup.db"
    summary = back_up(data, target, force=False, progress=ignore)
    assert (summary.rooms, summary.messages) == (1, MESSAGES + 1 - 100)
    assert summary.bytes == target.stat().st_size
    assert target.stat().st_mode & 0o777 == 0o600
    assert names(tmp_path) == ["backup.db", "data"]
    assert texts(target) == texts(data / "chatroom.db")


def test_backup_contains_no_deleted_data(data: Path, tmp_path: Path) -> None:
    target = tmp_path / "backup.db"
    back_up(data, target, force=False, progress=ignore)
    assert DELETED.encode() not in target.read_bytes()
    assert b"text 99" not in target.read_bytes()


async def test_concurrent_commits_do_not_delay_a_backup(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite's backup API would restart at each commit, and never end."""
    monkeypatch.setattr(backup, "PROGRESS_STEPS", 200)
    data, target = tmp_path / "data", tmp_path / "backup.db"
    async with opened(data) as store:
        talk = StoredRoom(store)
        await talk.make("alice")
        await talk.talk("alice", MESSAGES)
        head, commits = talk.head_seq, 0

        def write(done: int, total: int) -> None:
            nonlocal commits
            entries = batch_of("lobby", talk.posting("alice", "later"))
            job = Job(lambda c, o: decide_and_write(entries, 1, (), c, o))
            write_group(store._connection, store._mark, [job])
            commits += 1

        summary = back_up(data, target, force=False, progress=write)
        assert commits > 10
        assert (summary.messages, texts(target)) == (head, texts(data / "chatroom.db")[:head])
        assert (await store.page("lobby", 1)).head_seq == head + commits
    restored = tmp_path / "restored"
    restored.mkdir()
    restore(target, restored, force=False, progress=ignore)
    assert faults(restored) == []


def test_existing_backup_is_replaced_only_with_force(data: Path, tmp_path: Path) -> None:
    target = tmp_path / "backup.db"
    target.write_text("something else")
    with pytest.raises(StartError, match="exists; choose another name"):
        back_up(data, target, force=False, progress=ignore)
    assert target.read_text() == "something else"
    back_up(data, target, force=True, progress=ignore)
    assert len(texts(target)) == MESSAGES + 1 - 100
    with pytest.raises(StartError, match="is the database itself"):
        back_up(data, data / "chatroom.db", force=True, progress=ignore)


def test_error_of_an_unwritable_target_names_it(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "directory").mkdir()
    with pytest.raises(StartError, match="directory is a directory"):
        back_up(data, tmp_path / "directory", force=True, progress=ignore)
    with pytest.raises(StartError, match="directory cannot be used: it is a directory"):
        restore(tmp_path / "directory", data, force=True, progress=ignore)
    (tmp_path / "notes.txt").touch()
    with pytest.raises(StartError, match=r"notes.txt/backup.db"):
        back_up(data, tmp_path / "notes.txt" / "backup.db", force=False, progress=ignore)

    def denied(path: Path, **_: object) -> os.stat_result:
        raise PermissionError(errno.EACCES, "Permission denied", path)

    monkeypatch.setattr(Path, "stat", denied)
    with pytest.raises(StartError, match=r"backup.db: Permission"):
        back_up(data, tmp_path / "backup.db", force=False, progress=ignore)


def test_error_of_a_full_disk_names_the_copy(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full(sqlite3.Connection):
        def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
            if sql.startswith("VACUUM INTO"):
                error = sqlite3.OperationalError("database or disk is full")
                error.sqlite_errorcode = sqlite3.SQLITE_FULL
                raise error
            return super().execute(sql, *values)

    def connected(path: Path) -> sqlite3.Connection:
        return sqlite3.connect(path, factory=Full, isolation_level=None)

    monkeypatch.setattr(backup, "connect_read_only", connected)
    with pytest.raises(StartError, match=r"backup.db cannot be written: the disk is full.*space$"):
        back_up(data, tmp_path / "backup.db", force=False, progress=ignore)
    assert names(tmp_path) == ["data"]


@pytest.mark.parametrize("target", ["backup.db", "missing/backup.db"])
def test_failed_backup_leaves_the_old_one(
    data: Path, tmp_path: Path, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup, "PROGRESS_STEPS", 200)
    (tmp_path / "backup.db").write_text("the one of yesterday")

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises((KeyboardInterrupt, StartError)):
        back_up(data, tmp_path / target, force=True, progress=stop)
    assert (tmp_path / "backup.db").read_text() == "the one of yesterday"
    assert names(tmp_path) == ["backup.db", "data"]


def test_damaged_database_is_not_backed_up(data: Path, tmp_path: Path) -> None:
    content = bytearray((data / "chatroom.db").read_bytes())
    content[len(content) // 2 : len(content) // 2 + 8192] = bytes(8192)
    (data / "chatroom.db").write_bytes(content)
    with pytest.raises(StartError, match=r"damaged|malformed"):
        back_up(data, tmp_path / "backup.db", force=False, progress=ignore)
    assert names(tmp_path) == ["data"]


def test_backup_without_a_database_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StartError, match="it does not exist"):
        back_up(tmp_path / "data", tmp_path / "backup.db", force=False, progress=ignore)
    assert names(tmp_path) == []


def test_partial_file_of_a_killed_backup_is_replaced(data: Path, tmp_path: Path) -> None:
    """A process that has it open must not write to the new one, nor a link redirect it."""
    part = tmp_path / f"backup.db{PART}"
    part.write_bytes(b"half")
    part.chmod(0o644)
    with part.open() as left:
        back_up(data, tmp_path / "backup.db", force=False, progress=ignore)
        assert left.read() == "half"
    assert (tmp_path / "backup.db").stat().st_mode & 0o777 == 0o600
    part.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StartError, match="cannot be created"):
        back_up(data, tmp_path / "backup.db", force=True, progress=ignore)
    assert not (tmp_path / "elsewhere").exists()


def test_concurrent_backups_to_one_file_are_refused(data: Path, tmp_path: Path) -> None:
    part = tmp_path / f"backup.db{PART}"
    with part.open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(StartError, match="being written by another process"):
            back_up(data, tmp_path / "backup.db", force=False, progress=ignore)
    assert part.exists()


# ---- restore


def test_restore_replaces_a_database(data: Path, tmp_path: Path) -> None:
    target = tmp_path / "backup.db"
    back_up(data, target, force=False, progress=ignore)
    trio.run(_go_on, data)
    before, was = texts(data / "chatroom.db"), read_mark(data)
    with pytest.raises(StartError, match="has a database; use --force"):
        restore(target, data, force=False, progress=ignore)
    assert texts(data / "chatroom.db") == before
    summary = restore(target, data, force=True, progress=ignore)
    assert texts(data / "chatroom.db") == texts(target) == before[:-1]
    assert (data / "chatroom.db").stat().st_mode & 0o777 == 0o600
    assert summary.kept is not None
    assert texts(summary.kept) == before
    # It is another data set, and needs no accept-loss.
    now = read_mark(data)
    assert now is not None
    assert was is not None
    assert now.data_set != was.data_set
    SqliteStore.open(data).close()
    assert faults(data) == []


async def _go_on(directory: Path) -> None:
    async with opened(directory) as store:
        await StoredRoom(store, "later").make("alice")
        await StoredRoom(store, "later").post("alice", "after the backup")


async def test_restore_keeps_the_wal_with_the_old_database(tmp_path: Path) -> None:
    data, killed, target = tmp_path / "data", tmp_path / "killed", tmp_path / "backup.db"
    killed.mkdir()
    async with opened(data) as store:
        talk = StoredRoom(store)
        await talk.make("alice")
        back_up(data, target, force=False, progress=ignore)
        await talk.post("alice", "in the log alone")
        for name in ("chatroom.db", "chatroom.db-wal", MARK):
            shutil.copyfile(data / name, killed / name)
    kept = restore(target, killed, force=True, progress=ignore).kept
    assert kept is not None
    assert texts(kept) == ["in the log alone"]
    SqliteStore.open(killed).close()
    assert texts(killed / "chatroom.db") == []


def test_database_copied_with_its_wal_can_be_restored(tmp_path: Path) -> None:
    trio.run(_copy_with_log, tmp_path)
    (tmp_path / "data").mkdir()
    restore(tmp_path / "copy" / "chatroom.db", tmp_path / "data", force=False, progress=ignore)
    assert texts(tmp_path / "data" / "chatroom.db") == ["in the log alone"]


async def _copy_with_log(tmp_path: Path) -> None:
    async with opened(tmp_path / "live") as store:
        talk = StoredRoom(store)
        await talk.make("alice")
        await talk.post("alice", "in the log alone")
        shutil.copytree(tmp_path / "live", tmp_path / "copy")


def test_restore_migrates_a_backup_of_the_first_version(tmp_path: Path) -> None:
    """It gives back space from then on, and cursors of its clients stay valid."""
    with closing(sqlite3.connect(FIXTURE)) as connection:
        (epoch,) = connection.execute("SELECT value FROM meta WHERE name = 'epoch'").fetchone()
    restore(FIXTURE, tmp_path, force=False, progress=ignore)
    with closing(sqlite3.connect(tmp_path / "chatroom.db")) as connection:
        assert connection.execute("PRAGMA auto_vacuum").fetchone() == (2,)
        (head,) = connection.execute("SELECT head_rev FROM rooms WHERE name = 'general'").fetchone()
        assert last_valid_rev(connection, "general", epoch) == head
    assert faults(tmp_path) == []


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _foreign(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE messages (anything)")


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-8192])


def _damage(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[20_480:28_672] = bytes(8192)
    path.write_bytes(content)


@pytest.mark.parametrize("harm", [_empty, _foreign, _cut, _damage, Path.unlink])
def test_restore_of_an_invalid_file_is_refused(
    data: Path, tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    target = tmp_path / "backup.db"
    back_up(data, target, force=False, progress=ignore)
    harm(target)
    before = {path.name: path.read_bytes() for path in data.iterdir()}
    with pytest.raises(StartError):
        restore(target, data, force=True, progress=ignore)
    assert {path.name: path.read_bytes() for path in data.iterdir()} == before


@pytest.mark.parametrize("step", ["_copy", "_check", "_move_aside", "CommitMark", "_put_in_place"])
def test_interrupted_restore_can_be_repeated(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Either the earlier database is used, or no server starts with an empty one."""
    target = tmp_path / "backup.db"
    back_up(data, target, force=False, progress=ignore)

    def cut_off(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as cut:
        cut.setattr(backup, step, cut_off)
        with pytest.raises(KeyboardInterrupt):
            restore(target, data, force=True, progress=ignore)
    if (data / "chatroom.db").exists():
        SqliteStore.open(data).close()
    else:
        with pytest.raises(StartError, match="it is missing or empty, but its directory is not"):
            SqliteStore.open(data, names(data))
    restore(target, data, force=True, progress=ignore)
    SqliteStore.open(data).close()
    assert faults(data) == []
