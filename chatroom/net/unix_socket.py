"""Unix-domain sockets."""

import os
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import trio

from ..errors import StartError

BACKLOG: Final = 16
# The path in a socket address has at most 108 bytes on Linux, 104 elsewhere.
MAX_PATH_BYTES: Final = 100


@contextmanager
def unix_listener(path: Path, mode: int, backlog: int = BACKLOG) -> Iterator[trio.SocketListener]:
    """Create a socket with the permissions ``mode``, and remove it at the end.

    An existing socket was left by a killed server, and is replaced.

    :raises StartError: the socket cannot be created, or another kind of file has its name.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as bound:
        try:
            _remove_socket(path)
            with short_path(path) as name:
                bound.bind(name)
        except OSError as error:
            raise StartError(f"cannot create the socket {path}: {error.strerror}") from None
        try:
            path.chmod(mode)
            # Connections are possible only after listen(), so never before the mode is set.
            bound.listen(backlog)
            bound.setblocking(False)
            yield trio.SocketListener(trio.socket.from_stdlib_socket(bound))
        finally:
            path.unlink(missing_ok=True)


def _remove_socket(path: Path) -> None:
    with suppress(FileNotFoundError):
        if not stat.S_ISSOCK(path.lstat().st_mode):
            raise StartError(f"cannot create the socket {path}: it exists and is not a socket")
        path.unlink()


@contextmanager
def short_path(path: Path) -> Iterator[str]:
    """Yield a name of the socket that fits into a socket address, however long its path is."""
    if len(os.fsencode(path)) <= MAX_PATH_BYTES:
        yield str(path)
        return
    directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{directory}/{path.name}"
    finally:
        os.close(directory)
