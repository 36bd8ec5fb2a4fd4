"""Where the binary starts: what being unpacked needs, and then the command line.

The binary unpacks itself into a directory beside other temporary files, and starts a second process
that runs from there; the first waits for it, and removes the directory. Two things are done here
for a server that is killed. It ends together with the first process, which is the one whose pid is
known. And directories that killed ones left are removed. A third one is for systemd, whose watchdog
is to be told by the process that serves.
"""

import ctypes
import fcntl
import os
import shutil
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

from chatroom.cli import main

IN_USE: Final = "in-use.lock"
"""Locked for as long as a process runs from the directory that it is in."""
_PR_SET_PDEATHSIG: Final = 1


def end_with_parent() -> None:
    if sys.platform == "linux":
        parent = os.getppid()
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it ended meanwhile
            os.kill(os.getpid(), signal.SIGKILL)


def tell_watchdog() -> None:
    """Let this process tell systemd's watchdog that it runs. PyInstaller does the like for sockets.

    See sd_watchdog_enabled(3).
    """
    if os.environ.get("WATCHDOG_PID") == str(os.getppid()):
        os.environ["WATCHDOG_PID"] = str(os.getpid())


def remove_left(own: Path) -> None:
    """Lock our directory, and remove those of the same program that nobody has locked."""
    _lock(own / IN_USE, os.O_CREAT)
    for directory in own.parent.glob("_MEI*"):
        # In a directory for all users' temporary files there may be what others have put there.
        if directory == own or directory.lstat().st_uid != os.geteuid():
            continue
        if (held := _lock(directory / IN_USE)) is not None:
            shutil.rmtree(directory, ignore_errors=True)
            os.close(held)


def _lock(path: Path, flags: int = 0) -> int | None:
    """The file, which stays open; None if there is none, or another process has it."""
    file = None
    with suppress(OSError):
        file = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW | flags, 0o600)
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return file
    if file is not None:
        os.close(file)
    return None


if __name__ == "__main__":
    end_with_parent()
    tell_watchdog()
    remove_left(Path(sys._MEIPASS))  # type: ignore[attr-defined]
    main(prog_name="chatroom")
