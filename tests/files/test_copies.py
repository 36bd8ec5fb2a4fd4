"""Backup, restore and check of files, by the commands."""

import hashlib
import shutil
from pathlib import Path

import pytest
import trio

from chatroom.cli.rotation import backups
from chatroom.config import FILES_DIRECTORY
from chatroom.files.copies import files_beside
from chatroom.files.disk import blob_path
from chatroom.store.files import StoredPart
from chatroom.store.sqlite.integrity import faults

from ..server.commands import CommandResult, complete
from ..store.room_log import StoredRoom, connected, opened
from ..store.test_files import post
from ..stored_uploads import add_upload


def digest_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


FIRST, SECOND = b"first", b"second"


def put(data: Path, content: bytes) -> None:
    path = blob_path(data / FILES_DIRECTORY, digest_of(content))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


async def _fill(directory: Path) -> None:
    async with opened(directory) as store:
        talk = StoredRoom(store)
        await talk.make("alice", "bob")
        for number, content in enumerate((FIRST, SECOND)):
            part = StoredPart("file", digest_of(content), len(content), "text/plain")
            upload = await add_upload(store, "alice", number, part)
            await post(talk, upload)
            put(directory, content)
        await add_upload(store, "bob", 9, complete=False)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("filled") / "data"
    directory.mkdir()
    trio.run(_fill, directory)
    return directory


@pytest.fixture
def data(filled: Path, tmp_path: Path) -> Path:
    return shutil.copytree(filled, tmp_path / "data")


def run(command: str, data: Path, *arguments: str) -> CommandResult:
    return complete(command, *arguments, "--data", str(data))


def blobs(root: Path) -> set[bytes]:
    return {path.read_bytes() for path in (root / "blobs").glob("*/*")}


def test_a_backup_has_the_files(data: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    done = run("backup", data, str(copy))
    assert (done.code, done.error) == (0, "")
    assert "copy.db.files: 0.0 MB, 2 files" in done.out
    assert blobs(files_beside(copy)) == {FIRST, SECOND}
    modes = {path.stat().st_mode & 0o077 for path in files_beside(copy).rglob("*")}
    assert modes == {0}
    other = tmp_path / "other"
    assert run("restore", other, str(copy)).code == 0
    assert blobs(other / FILES_DIRECTORY) == {FIRST, SECOND}
    assert run("check", other).out == "ok\n"


def test_a_later_backup_copies_what_is_new_and_drops_what_is_gone(
    data: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.db"
    run("backup", data, str(copy))
    kept = blob_path(files_beside(copy), digest_of(SECOND))
    before = kept.stat()
    with connected(data) as connection:
        connection.execute("DELETE FROM uploads WHERE seq = 1")
    assert run("backup", data, str(copy), "--force").code == 0
    assert blobs(files_beside(copy)) == {SECOND}
    assert kept.stat().st_mtime_ns == before.st_mtime_ns


def test_rotated_backups_share_files_and_the_oldest_are_deleted(data: Path, tmp_path: Path) -> None:
    directory = tmp_path / "backups" / "chat"
    directory.mkdir(parents=True)
    for name in ("chatroom-20200101T000000Z.db", "chatroom-20200102T000000Z.db"):
        assert run("backup", data, str(directory / name)).code == 0
    unrelated = [directory / name for name in ("chatroom-2020.db", "notes.txt", "chatroom.db")]
    for path in unrelated:
        path.touch()
    done = run("backup", data, str(directory), "--keep", "2")
    assert (done.code, done.error) == (0, "")
    assert "Deleted 1 older backup" in done.out
    *_, older, newest = backups(directory)
    assert len(backups(directory)) == 2
    assert sorted(directory.iterdir()) == sorted(
        [*unrelated, older, files_beside(older), newest, files_beside(newest)]
    )
    both = [blob_path(files_beside(path), digest_of(FIRST)) for path in (older, newest)]
    assert both[0].samefile(both[1])
    other = tmp_path / "other"
    assert run("restore", other, str(newest)).code == 0
    assert run("check", other).out == "ok\n"


def test_a_failed_rotation_deletes_nothing(data: Path, tmp_path: Path) -> None:
    old = tmp_path / "chatroom-20200101T000000Z.db"
    old.touch()
    assert run("backup", tmp_path / "nothing", str(tmp_path), "--keep", "1").code == 1
    assert backups(tmp_path) == [old]
    refused = run("backup", data, str(old), "--keep", "1")
    assert (refused.code, refused.error) == (1, f"Error: {old}: File exists\n")


def test_a_restore_without_the_files_is_refused(data: Path, tmp_path: Path) -> None:
    copy, other = tmp_path / "copy.db", tmp_path / "other"
    run("backup", data, str(copy))
    blob_path(files_beside(copy), digest_of(FIRST)).write_bytes(b"other")
    refused = run("restore", other, str(copy))
    assert refused.code == 1
    assert "1 file missing or damaged in" in refused.error
    assert not (other / "chatroom.db").exists()
    assert run("restore", other, str(copy), "--without-files").code == 0
    assert blobs(other / FILES_DIRECTORY) == {SECOND}
    assert "is missing" in run("check", other).out
    # Back onto a directory that has the files, the backup's are not needed.
    assert run("restore", data, str(copy), "--force").code == 0
    assert blobs(data / FILES_DIRECTORY) == {FIRST, SECOND}


def test_a_backup_tells_of_missing_files(data: Path, tmp_path: Path) -> None:
    blob_path(data / FILES_DIRECTORY, digest_of(FIRST)).unlink()
    done = run("backup", data, str(tmp_path / "copy.db"))
    assert (done.code, done.error) == (0, "1 file missing or damaged: see chatroom check\n")


@pytest.mark.parametrize("harm", [b"", b"First", b"first and more"])
def test_check_reads_files(data: Path, harm: bytes) -> None:
    assert run("check", data).out == "ok\n"
    put(data, FIRST)
    blob_path(data / FILES_DIRECTORY, digest_of(FIRST)).write_bytes(harm)
    done = run("check", data)
    assert done.code == 1
    assert done.out == f"file {blob_path(data / FILES_DIRECTORY, digest_of(FIRST))}: is damaged\n"


@pytest.mark.parametrize(
    ("harm", "found"),
    [
        ("UPDATE blobs SET refs = refs + 1", "references are not as counted"),
        ("UPDATE uploads SET seq = 2 WHERE seq = 1", "its files do not match its messages"),
        ("UPDATE messages SET attachments = NULL", "its files do not match its messages"),
        ("UPDATE file_usage SET bytes = bytes + 1", "what accounts keep in files is not"),
        ("UPDATE uploads SET complete = 1", "an upload refers to no file"),
    ],
)
def test_each_inconsistency_is_found(data: Path, harm: str, found: str) -> None:
    assert faults(data) == []
    with connected(data) as connection:
        assert connection.execute(harm).rowcount > 0
    assert any(found in line for line in faults(data))
