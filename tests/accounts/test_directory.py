import os
import subprocess
import sys
from pathlib import Path

import pytest

from chatroom.admin.data_directory import DirectoryInUse, lock_directory
from chatroom.errors import StartError


def test_missing_directory_is_created_with_private_mode(tmp_path: Path) -> None:
    directory = tmp_path / "some" / "data"
    with lock_directory(directory):
        assert directory.stat().st_mode & 0o777 == 0o700


def test_second_process_is_refused_naming_the_first(tmp_path: Path) -> None:
    refused = pytest.raises(DirectoryInUse, match=rf"\(pid {os.getpid()}\) is using {tmp_path}")
    with lock_directory(tmp_path), refused, lock_directory(tmp_path):
        pass
    with lock_directory(tmp_path):
        pass


def test_killed_process_leaves_no_lock(tmp_path: Path) -> None:
    program = (
        "import os, sys, pathlib; from chatroom.admin.data_directory import lock_directory\n"
        "with lock_directory(pathlib.Path(sys.argv[1])): os.kill(os.getpid(), 9)"
    )
    killed = subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=False)
    assert killed.returncode == -9
    with lock_directory(tmp_path):
        assert (tmp_path / "lock").read_text() == f"{os.getpid()}\n"


def test_path_that_is_not_a_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for name in ("file", "link"):
        refused = pytest.raises(StartError, match=f"{name} is not a directory")
        with refused, lock_directory(tmp_path / name):
            pass


def test_lock_returns_the_names_of_existing_files(tmp_path: Path) -> None:
    for _ in range(2):  # after an interrupted first start too
        with lock_directory(tmp_path / "data") as found:
            assert found == set()
    (tmp_path / "data" / "lost+found").mkdir()
    (tmp_path / "data" / "something").touch()
    with lock_directory(tmp_path / "data") as found:
        assert found == {"something"}


def _modes(directory: Path) -> dict[str, int]:
    paths = {path.name: path for path in directory.iterdir()} | {".": directory}
    return {name: path.stat().st_mode & 0o7777 for name, path in paths.items()}


def test_mode_of_a_foreign_directory_is_left_unchanged(tmp_path: Path) -> None:
    """A mistyped path may be a system directory, or somebody's home."""
    other = tmp_path / "other"
    other.mkdir(mode=0o755)
    (other / "notes.txt").touch(mode=0o644)
    with lock_directory(other):
        assert _modes(other) == {".": 0o755, "notes.txt": 0o644, "lock": 0o600}


def test_modes_that_are_too_open_are_restricted(tmp_path: Path) -> None:
    """The modes of an existing directory, a restored database and its WAL."""
    data = tmp_path / "data"
    data.mkdir(mode=0o755)
    for name in ("chatroom.db", "chatroom.db-wal", "chatroom.mark", "notes.txt"):
        (data / name).touch(mode=0o644)
    with lock_directory(data):
        assert _modes(data) == {
            ".": 0o700,
            "chatroom.db": 0o600,
            "chatroom.db-wal": 0o600,
            "chatroom.mark": 0o600,
            "lock": 0o600,
            "notes.txt": 0o644,
        }


def test_world_writable_directory_is_left_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    with lock_directory(shared):
        assert _modes(shared)["."] == 0o1777
    assert caplog.messages == [f"{shared}: other users have permissions; not changed"]


def test_files_of_another_user_are_left_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "chatroom.db").touch(mode=0o644)
    before = _modes(tmp_path)
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    with lock_directory(tmp_path):
        assert _modes(tmp_path).items() >= before.items()
    assert f"{tmp_path / 'chatroom.db'}: other users have permissions; not changed" in (
        caplog.messages
    )
