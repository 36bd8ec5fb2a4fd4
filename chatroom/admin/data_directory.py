"""The data directory: created if missing, and locked by one process at a time.

A server holds the lock while it runs, a command while it works. The content is opaque here.
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
_FILE_PREFIX: Final = "chatroom."
"""Prefix of all data files: the database, its log, older databases."""
_GROUP_AND_OTHERS: Final = 0o077
"""Permission bits of users other than the owner."""


class DirectoryInUse(StartError):
    """Another process holds the lock."""


@contextmanager
def lock_directory(directory: Path) -> Iterator[frozenset[str]]:
    """Create the directory if missing, lock it during the block, and restrict its permissions.

    Yields the names of the files found in it, without the lock; none in a new directory.

    :raises DirectoryInUse: another process holds the lock.
    :raises StartError: the directory cannot be created or written.
    """
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = frozenset(_names(directory))
        # Never deleted: a lock on a deleted file would not exclude other processes.
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
        _restrict_permissions(directory)
        yield found
    finally:
        os.close(file)


def _names(directory: Path) -> Iterator[str]:
    for name in os.listdir(directory):
        # The file system's own directory, and the lock, which an interrupted first start leaves.
        if name not in ("lost+found", LOCK):
            yield name


def _restrict_permissions(directory: Path) -> None:
    """Remove other users' permissions: the files contain messages and password hashes, and SQLite
    gives its log the mode of the database.

    A directory with the sticky bit is shared with other users, and left unchanged. So is one that
    has files but none of this server: its name was probably mistyped, and it may be the system's.
    """
    names = list(_names(directory))
    if names and not any(_is_ours(directory / name) for name in names):
        return
    for path in (directory, *(directory / name for name in names)):
        try:
            status = path.stat()
            if not status.st_mode & _GROUP_AND_OTHERS or not (path == directory or _is_ours(path)):
                continue
            if status.st_uid == os.geteuid() and not status.st_mode & stat.S_ISVTX:
                path.chmod(stat.S_IMODE(status.st_mode) & ~_GROUP_AND_OTHERS)
                logger.info("%s: removed the permissions of other users", path)
            else:
                logger.warning("%s: other users have permissions; not changed", path)
        except OSError as error:
            logger.warning("%s: cannot change permissions: %s", path, error.strerror)


def _is_ours(path: Path) -> bool:
    return path.is_file() and path.name.startswith(_FILE_PREFIX)


def _write_pid(file: int) -> None:
    """Write the pid for the error messages of other processes. If the disk is full, skip it."""
    with suppress(OSError):
        os.ftruncate(file, os.pwrite(file, f"{os.getpid()}\n".encode(), 0))
