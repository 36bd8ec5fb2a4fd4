"""The data directory: made when it is missing, and used by one process at a time.

A server holds the lock for its life, a command for its short time. Knows nothing of what is kept
in it.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from ..errors import StartError

LOCK: Final = "lock"


class DirectoryInUse(StartError):
    """Another process has the lock."""


@contextmanager
def lock_directory(directory: Path) -> Iterator[frozenset[str]]:
    """Gives the names that were in it: none, where nobody has kept anything yet.

    :raises DirectoryInUse: :raises StartError: if it cannot be made or written.
    """
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = frozenset(_names(directory))
        # Never removed: a lock on a file that is no longer there would exclude nobody.
        file = os.open(directory / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        raise StartError(f"the data directory {directory} is not a directory") from None
    except OSError as error:
        raise StartError(f"the data directory {directory}: {error.strerror}") from None
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pid = os.read(file, 20).decode("ascii", "replace").strip() or "unknown"
            raise DirectoryInUse(
                f"another chatroom server (pid {pid}) is using {directory}:"
                " stop it, or choose another directory with --data"
            ) from None
        except OSError as error:
            raise StartError(f"cannot lock {directory / LOCK}: {error.strerror}") from None
        _write_pid(file)
        yield found
    finally:
        os.close(file)


def _names(directory: Path) -> Iterator[str]:
    for name in os.listdir(directory):
        # A file system's own, and what a first start leaves that is cut off.
        if name not in ("lost+found", LOCK):
            yield name


def _write_pid(file: int) -> None:
    """In place, for whoever asks; the lock holds also where a full disk has no room for it."""
    with suppress(OSError):
        os.ftruncate(file, os.pwrite(file, f"{os.getpid()}\n".encode(), 0))
