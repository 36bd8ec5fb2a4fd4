"""Sockets that have a path in place of an address and a port."""

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
# A socket's path has 108 bytes on Linux and 104 elsewhere.
PATH_BYTES: Final = 100


@contextmanager
def unix_listener(path: Path, mode: int) -> Iterator[trio.SocketListener]:
    """A socket with the permissions ``mode``, removed at the end. One that is there already is
    replaced: a server that was killed has left it.

    :raises StartError: there can be no socket, or something else has that name.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as bound:
        try:
            _remove_socket(path)
            with short_path(path) as name:
                bound.bind(name)
        except OSError as error:
            raise StartError(f"cannot make the socket {path}: {error.strerror}") from None
        try:
            path.chmod(mode)
            # Only from here on can anybody connect, so there is no moment for others.
            bound.listen(BACKLOG)
            bound.setblocking(False)
            yield trio.SocketListener(trio.socket.from_stdlib_socket(bound))
        finally:
            path.unlink(missing_ok=True)


def _remove_socket(path: Path) -> None:
    with suppress(FileNotFoundError):
        if not stat.S_ISSOCK(path.lstat().st_mode):
            raise StartError(f"cannot make the socket {path}: something else has that name")
        path.unlink()


@contextmanager
def short_path(path: Path) -> Iterator[str]:
    """A name for the socket that fits into its address, however long the path is."""
    if len(os.fsencode(path)) <= PATH_BYTES:
        yield str(path)
        return
    directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{directory}/{path.name}"
    finally:
        os.close(directory)
