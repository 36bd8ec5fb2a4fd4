"""Backup and restore: their contents, and what is left after a failure."""

import errno
import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any, Final

import pytest
import trio

from chatroom.errors import StartError
from chatroom.store.sql.apply import decide_and_write
from chatroom.store.sql.jobs import Job
from chatroom.store.sqlite import SqliteStore, backup
from chatroom.store.sqlite.backup import PART
from chatroom.store.sqlite.integrity import faults
from chatroom.store.sqlite.transaction import write_group

from .room_log import (
    DELETED,
    POSTED,
    PRUNED,
    StoredRoom,
    batch_of,
    copy_files,
    marked,
    names,
    opened,
)

LEFT: Final = POSTED + 1 - PRUNED


def ignore(done: int, total: int) -> None:
    pass


back_up = partial(backup.back_up, force=False, progress=ignore)
restore = partial(backup.restore, force=False, progress=ignore)


@pytest.fixture(autouse=True)
def umask() -> Iterator[None]:
    """Make new files readable by all, unless the program sets their mode."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def texts(database: Path) -> list[str]:
    with closing(sqlite3.connect(database)) as connection:
        return [text for (text,) in connection.execute("SELECT text FROM messages ORDER BY id")]


# ---- backup


def test_backup_and_restore_keep_the_key_of_notifications(data: Path, tmp_path: Path) -> None:
    back_up(data, tmp_path / "backup.db")
    (tmp_path / "restored").mkdir()
    restore(tmp_path / "backup.db", tmp_path / "restored")
    query = "SELECT value FROM meta WHERE name = 'push_key'"
    with closing(sqlite3.connect(data / "chatroom.db")) as before:
        (key,) = before.execute(query).fetchone()
    with closing(sqlite3.connect(tmp_path / "restored" / "chatroom.db")) as after:
        assert after.execute(query).fetchone() == (key,)


def test_backup_is_complete_and_private_without_deleted_data(data: Path, tmp_path: Path) -> None:
    target = tmp_path / "backup.db"
    summary = back_up(data, target)
    assert (summary.rooms, summary.messages) == (1, LEFT)
    assert summary.bytes == target.stat().st_size
    assert target.stat().st_mode & 0o777 == 0o600
    assert names(tmp_path) == ["backup.db", "data"]
    assert texts(target) == texts(data / "chatroom.db")
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
        await talk.talk("alice", POSTED)
        head, commits = talk.head_seq, 0

        def write(done: int, total: int) -> None:
            nonlocal commits
            entries = batch_of("lobby", talk.posting("alice", "later"))
            job = Job(lambda c, o: decide_and_write(entries, 1, (), c, o))
            write_group(store._connection, store._mark, [job])
            commits += 1

        summary = back_up(data, target, progress=write)
        assert commits > 10
        assert (summary.messages, texts(target)) == (head, texts(data / "chatroom.db")[:head])
        assert (await store.page("lobby", 1)).head_seq == head + commits
    (tmp_path / "restored").mkdir()
    restore(target, tmp_path / "restored")
    assert faults(tmp_path / "restored") == []


def test_existing_backup_is_replaced_only_with_force(data: Path, tmp_path: Path) -> None:
    target = tmp_path / "backup.db"
    target.write_text("something else")
    with pytest.raises(StartError, match="exists; choose another name"):
        back_up(data, target)
    assert target.read_text() == "something else"
    back_up(data, target, force=True)
    assert len(texts(target)) == LEFT
    with pytest.raises(StartError, match="is the database itself"):
        back_up(data, data / "chatroom.db", force=True)


def test_error_of_an_unwritable_target_names_it(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "directory").mkdir()
    with pytest.raises(StartError, match="directory is a directory"):
        back_up(data, tmp_path / "directory", force=True)
    with pytest.raises(StartError, match="directory cannot be used: it is a directory"):
        restore(tmp_path / "directory", data, force=True)
    (tmp_path / "notes.txt").touch()
    with pytest.raises(StartError, match=r"notes.txt/backup.db"):
        back_up(data, tmp_path / "notes.txt" / "backup.db")

    def denied(path: Path, **_: object) -> os.stat_result:
        raise PermissionError(errno.EACCES, "Permission denied", path)

    monkeypatch.setattr(Path, "stat", denied)
    with pytest.raises(StartError, match=r"backup.db: Permission"):
        back_up(data, tmp_path / "backup.db")


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
        back_up(data, tmp_path / "backup.db")
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
    _damage(data / "chatroom.db")
    with pytest.raises(StartError, match=r"damaged|malformed"):
        back_up(data, tmp_path / "backup.db")
    assert names(tmp_path) == ["data"]


def test_backup_without_a_database_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StartError, match="it does not exist"):
        back_up(tmp_path / "data", tmp_path / "backup.db")
    assert names(tmp_path) == []


def test_partial_file_of_a_killed_backup_is_replaced(data: Path, tmp_path: Path) -> None:
    """A process that has it open must not write to the new one, nor a link redirect it."""
    part = tmp_path / f"backup.db{PART}"
    part.write_bytes(b"half")
    part.chmod(0o644)
    with part.open() as left:
        back_up(data, tmp_path / "backup.db")
        assert left.read() == "half"
    assert (tmp_path / "backup.db").stat().st_mode & 0o777 == 0o600
    part.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StartError, match="cannot be created"):
        back_up(data, tmp_path / "backup.db", force=True)
    assert not (tmp_path / "elsewhere").exists()


def test_concurrent_backups_to_one_file_are_refused(data: Path, tmp_path: Path) -> None:
    part = tmp_path / f"backup.db{PART}"
    with part.open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(StartError, match="being written by another process"):
            back_up(data, tmp_path / "backup.db")
    assert part.exists()


# ---- restore


def test_restore_replaces_a_database(data: Path, tmp_path: Path) -> None:
    target = tmp_path / "backup.db"
    back_up(data, target)
    trio.run(_go_on, data)
    before, was = texts(data / "chatroom.db"), marked(data)
    with pytest.raises(StartError, match="has a database; use --force"):
        restore(target, data)
    assert texts(data / "chatroom.db") == before
    summary = restore(target, data, force=True)
    assert texts(data / "chatroom.db") == texts(target) == before[:-1]
    assert (data / "chatroom.db").stat().st_mode & 0o777 == 0o600
    assert summary.kept is not None
    assert texts(summary.kept) == before
    # It is another data set, and needs no accept-loss.
    assert marked(data).data_set != was.data_set
    SqliteStore.open(data).close()
    assert faults(data) == []


async def _go_on(directory: Path) -> None:
    async with opened(directory) as store:
        later = StoredRoom(store, "later")
        await later.make("alice")
        await later.post("alice", "after the backup")


async def test_wal_belongs_to_its_database(tmp_path: Path) -> None:
    """A restore keeps it with the old database, and reads that of a copied one."""
    live, killed, target = tmp_path / "live", tmp_path / "killed", tmp_path / "backup.db"
    async with opened(live) as store:
        talk = StoredRoom(store)
        await talk.make("alice")
        back_up(live, target)
        await talk.post("alice", "in the log alone")
        copy_files(live, killed)
        copy_files(live, tmp_path / "copy")
    kept = restore(target, killed, force=True).kept
    assert kept is not None
    assert texts(kept) == ["in the log alone"]
    SqliteStore.open(killed).close()
    assert texts(killed / "chatroom.db") == []
    (tmp_path / "new").mkdir()
    restore(tmp_path / "copy" / "chatroom.db", tmp_path / "new")
    assert texts(tmp_path / "new" / "chatroom.db") == ["in the log alone"]


def _foreign(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE messages (anything)")


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-8192])


def _damage(path: Path) -> None:
    """Overwrite two pages in the middle."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 8192] = bytes(8192)
    path.write_bytes(content)


@pytest.mark.parametrize(
    "harm", [lambda path: path.write_bytes(b""), _foreign, _cut, _damage, Path.unlink]
)
def test_restore_of_an_invalid_file_is_refused(
    data: Path, tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    target = tmp_path / "backup.db"
    back_up(data, target)
    harm(target)
    before = {path.name: path.read_bytes() for path in data.iterdir()}
    with pytest.raises(StartError):
        restore(target, data, force=True)
    assert {path.name: path.read_bytes() for path in data.iterdir()} == before


@pytest.mark.parametrize("step", ["_copy", "_check", "_move_aside", "CommitMark", "_put_in_place"])
def test_interrupted_restore_can_be_repeated(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Either the earlier database is used, or no server starts with an empty one."""
    target = tmp_path / "backup.db"
    back_up(data, target)

    def cut_off(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as cut:
        cut.setattr(backup, step, cut_off)
        with pytest.raises(KeyboardInterrupt):
            restore(target, data, force=True)
    if (data / "chatroom.db").exists():
        SqliteStore.open(data).close()
    else:
        with pytest.raises(StartError, match="it is missing or empty, but its directory is not"):
            SqliteStore.open(data, names(data))
    restore(target, data, force=True)
    SqliteStore.open(data).close()
    assert faults(data) == []
