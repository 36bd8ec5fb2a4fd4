"""The data directory: made when it is missing, and used by one process at a time.

A server holds the lock for its life, a command for its short time. Knows nothing of what is kept
in it.
"""

import fcntl
import logging
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from ..errors import StartError

logger = logging.getLogger(__name__)

LOCK: Final = "lock"
_OUR_FILES: Final = "chatroom."
"""How the names of all files begin that hold anything: the database, its log, older ones."""
_OTHERS: Final = 0o077
"""The rights of other users than the owner."""


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
        _close_to_others(directory)
        yield found
    finally:
        os.close(file)


def _names(directory: Path) -> Iterator[str]:
    for name in os.listdir(directory):
        # A file system's own, and what a first start leaves that is cut off.
        if name not in ("lost+found", LOCK):
            yield name


def _close_to_others(directory: Path) -> None:
    """There are texts and hashes of passwords in it, and SQLite gives its log the mode of the
    database. A directory with the sticky bit is one that others use, too. One that holds something
    and nothing of ours is left as it is: its name was mistyped, and it may be the system's.
    """
    names = list(_names(directory))
    if names and not any(_is_ours(directory / name) for name in names):
        return
    for path in (directory, *(directory / name for name in names)):
        try:
            status = path.stat()
            if not status.st_mode & _OTHERS or not (path == directory or _is_ours(path)):
                continue
            if status.st_uid == os.geteuid() and not status.st_mode & stat.S_ISVTX:
                path.chmod(stat.S_IMODE(status.st_mode) & ~_OTHERS)
                logger.info("%s was open to other users, and is closed to them now", path)
            else:
                logger.warning("%s is open to other users, and not ours to close", path)
        except OSError as error:
            logger.warning("%s cannot be closed to other users: %s", path, error.strerror)


def _is_ours(path: Path) -> bool:
    return path.is_file() and path.name.startswith(_OUR_FILES)


def _write_pid(file: int) -> None:
    """In place, for others to name; the lock holds also where a full disk has no room for it."""
    with suppress(OSError):
        os.ftruncate(file, os.pwrite(file, f"{os.getpid()}\n".encode(), 0))
