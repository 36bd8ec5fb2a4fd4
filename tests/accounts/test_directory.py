import os
import subprocess
import sys
from pathlib import Path

import pytest

from chatroom.accounts.directory import DirectoryInUse, lock_directory
from chatroom.errors import StartError


def test_a_missing_directory_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    directory = tmp_path / "some" / "data"
    with lock_directory(directory):
        assert directory.stat().st_mode & 0o777 == 0o700


def test_one_at_a_time_and_the_other_hears_who_it_is(tmp_path: Path) -> None:
    refused = pytest.raises(DirectoryInUse, match=rf"\(pid {os.getpid()}\) is using {tmp_path}")
    with lock_directory(tmp_path), refused, lock_directory(tmp_path):
        pass
    with lock_directory(tmp_path):
        pass


def test_a_killed_process_leaves_no_lock(tmp_path: Path) -> None:
    program = (
        "import os, sys, pathlib; from chatroom.accounts.directory import lock_directory\n"
        "with lock_directory(pathlib.Path(sys.argv[1])): os.kill(os.getpid(), 9)"
    )
    killed = subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=False)
    assert killed.returncode == -9
    with lock_directory(tmp_path):
        assert (tmp_path / "lock").read_text() == f"{os.getpid()}\n"


def test_what_is_no_directory_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for name in ("file", "link"):
        refused = pytest.raises(StartError, match=f"{name} is not a directory")
        with refused, lock_directory(tmp_path / name):
            pass


def test_what_was_there_is_told(tmp_path: Path) -> None:
    with lock_directory(tmp_path / "data") as found:
        assert found == set()
    (tmp_path / "data" / "lost+found").mkdir()
    (tmp_path / "data" / "something").touch()
    with lock_directory(tmp_path / "data") as found:
        assert found == {"something"}


def test_a_first_start_that_was_cut_off_leaves_it_as_new(tmp_path: Path) -> None:
    with lock_directory(tmp_path):
        pass
    with lock_directory(tmp_path) as found:
        assert found == set()
        assert (tmp_path / "lock").read_text() == f"{os.getpid()}\n"
