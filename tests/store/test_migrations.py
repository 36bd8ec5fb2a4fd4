"""Migrations of the schema, with two made-up ones after the first."""

import sqlite3
from pathlib import Path
from typing import Final

import pytest

from chatroom.errors import StartError
from chatroom.store.sqlite import SqliteStore, backup, schema
from chatroom.store.sqlite.integrity import faults

from .room_log import COMMITS, StoredRoom, connected, copy_files, marked, opened

FIRST: Final = schema.MIGRATIONS


def ignore(done: int, total: int) -> None:
    pass


def add_colors(connection: sqlite3.Connection) -> None:
    connection.execute("ALTER TABLE rooms ADD COLUMN color TEXT NOT NULL DEFAULT 'white'")
    connection.execute("UPDATE rooms SET color = 'blue'")


def add_hats(connection: sqlite3.Connection) -> None:
    connection.execute("CREATE TABLE hats (user TEXT PRIMARY KEY)")
    connection.execute("INSERT INTO hats SELECT user FROM members")


class Interrupted:
    """A migration that is interrupted before its end. ``killed`` is the directory as a kill leaves
    it there."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self.killed = data.with_name("killed")

    def __call__(self, connection: sqlite3.Connection) -> None:
        add_hats(connection)
        copy_files(self._data, self.killed)
        raise KeyboardInterrupt


@pytest.fixture
def colors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "MIGRATIONS", (*FIRST, add_colors))


def version(data: Path) -> int:
    with connected(data) as connection:
        (found,) = connection.execute("SELECT count(*) FROM _sqlite_migrations").fetchone()
    return int(found)


def colors_of(data: Path) -> list[str]:
    with connected(data) as connection:
        return [color for (color,) in connection.execute("SELECT color FROM rooms")]


def tables(data: Path) -> set[str]:
    with connected(data) as connection:
        return {name for (name,) in connection.execute("SELECT name FROM sqlite_schema")}


@pytest.mark.usefixtures("colors")
async def test_an_older_database_is_migrated_and_keeps_its_data(data: Path) -> None:
    async with opened(data) as store:
        assert (await store.page("lobby", 1)).head_seq > 0
        talk = StoredRoom(store, "later")
        await talk.make("alice")
        await talk.post("alice")
    assert (version(data), colors_of(data)) == (2, ["white", "blue"])
    assert marked(data).commits == COMMITS + 2
    assert faults(data) == []
    async with opened(data):
        pass
    assert colors_of(data) == ["white", "blue"], "a migration is applied once"


@pytest.mark.usefixtures("colors")
def test_before_an_upgrade_the_database_is_copied(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The version before starts from the copy."""
    (data / "chatroom.db.version-1.part").write_bytes(b"an interrupted copy")
    SqliteStore.open(data).close()
    (copy,) = data.glob("chatroom.db.version-*")
    assert copy.name == "chatroom.db.version-1"
    assert copy.stat().st_mode & 0o777 == 0o600
    for left in (data / name for name in ("chatroom.db-wal", "chatroom.db-shm", "chatroom.mark")):
        left.unlink(missing_ok=True)
    copy.rename(data / "chatroom.db")
    monkeypatch.setattr(schema, "MIGRATIONS", FIRST)
    SqliteStore.open(data).close()
    assert version(data) == 1
    assert faults(data) == []
    assert list(data.glob("chatroom.db.version-*")) == []


@pytest.mark.usefixtures("colors")
def test_a_new_database_gets_all_migrations(tmp_path: Path) -> None:
    SqliteStore.open(tmp_path).close()
    assert (version(tmp_path), colors_of(tmp_path)) == (2, [])


def test_an_interrupted_migration_leaves_the_version_before(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next start continues from there."""
    interrupted = Interrupted(data)
    monkeypatch.setattr(schema, "MIGRATIONS", (*FIRST, add_colors, interrupted))
    with pytest.raises(KeyboardInterrupt):
        SqliteStore.open(data)
    for left in (data, interrupted.killed):
        assert (version(left), colors_of(left)) == (2, ["blue"])
        assert "hats" not in tables(left)
        assert faults(left) == []
        with monkeypatch.context() as repaired:
            repaired.setattr(schema, "MIGRATIONS", (*FIRST, add_colors, add_hats))
            SqliteStore.open(left).close()
            assert (version(left), colors_of(left)) == (3, ["blue"])
            assert "hats" in tables(left)
            assert faults(left) == []


def test_a_newer_version_is_refused(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as newer:
        newer.setattr(schema, "MIGRATIONS", (*FIRST, add_colors))
        SqliteStore.open(data).close()
    before = (data / "chatroom.db").read_bytes()
    with pytest.raises(StartError, match="newer version"):
        SqliteStore.open(data)
    assert (data / "chatroom.db").read_bytes() == before


def test_a_database_without_a_version_is_refused(data: Path) -> None:
    with connected(data) as connection:
        connection.execute("DELETE FROM _sqlite_migrations")
    with pytest.raises(StartError, match="its schema has no version"):
        SqliteStore.open(data)


def test_restore_migrates_an_older_backup(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It gives back space as a new one does."""
    backup.back_up(data, tmp_path / "backup.db", force=False, progress=ignore)
    (tmp_path / "new").mkdir()
    monkeypatch.setattr(schema, "MIGRATIONS", (*FIRST, add_colors))
    backup.restore(tmp_path / "backup.db", tmp_path / "new", force=False, progress=ignore)
    assert (version(tmp_path / "new"), colors_of(tmp_path / "new")) == (2, ["blue"])
    with connected(tmp_path / "new") as connection:
        assert connection.execute("PRAGMA auto_vacuum").fetchone() == (2,)
    assert faults(tmp_path / "new") == []
