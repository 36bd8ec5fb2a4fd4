"""Disks without space: a small one that is full, a quota, a limit on the size of files.

Needs Linux, ``unshare`` and ``nsenter`` (util-linux); who is not root needs user namespaces.
"""

import os
import resource
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Final

import attrs

from .failing_server import DoomedServer, failing

_MOUNT: Final = 'mount -t tmpfs -o "size=$1k,mode=700" tmpfs "$2" && echo mounted && read -r _'
_NEEDED: Final = (
    "no disk can be mounted here: run the tests as root, or where an ordinary user may mount in a"
    " namespace of their own (unshare --map-root-user --mount; see user.max_user_namespaces,"
    " kernel.unprivileged_userns_clone, kernel.apparmor_restrict_unprivileged_userns)"
)
LITTLE: Final = 4096
"""Bytes: a page of the database, and less than its log's first."""


@attrs.frozen
class SmallDisk:
    """``path`` leads to it from everywhere. SQLite takes such a path apart, and finds what it leads
    to only from inside: ``inside`` are the words before such a command.
    """

    path: Path
    inside: tuple[str, ...]


@contextmanager
def small_disk(directory: Path, kilobytes: int) -> Iterator[SmallDisk]:
    """Mounted at the (new) directory in a namespace of its own, with which it goes."""
    directory.mkdir()
    # Root has no need for a user namespace, which may be switched off.
    mine = os.geteuid() == 0
    user = [] if mine else ["--map-root-user"]
    command = [
        "unshare",
        *user,
        "--mount",
        "sh",
        "-c",
        _MOUNT,
        "sh",
        str(kilobytes),
        str(directory),
    ]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as keeper:
        assert keeper.stdin is not None
        assert keeper.stdout is not None
        try:
            assert keeper.stdout.readline() == b"mounted\n", _NEEDED
            enter = [] if mine else ["--user", "--preserve-credentials"]
            yield SmallDisk(
                Path(f"/proc/{keeper.pid}/root{directory}"),
                ("nsenter", f"--target={keeper.pid}", *enter, "--mount", "--"),
            )
        finally:
            keeper.stdin.close()


@asynccontextmanager
async def full(directory: Path) -> AsyncIterator[None]:
    """The disk, to the last page, by another's file."""
    ballast = directory / "ballast"
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))
    left = os.statvfs(directory)
    assert left.f_bavail == 0
    yield
    ballast.unlink()


@asynccontextmanager
async def over_quota(server: DoomedServer) -> AsyncIterator[None]:
    """Whatever the server writes is more than its user may have."""
    async with failing(server, "pwrite64:error=EDQUOT:when=1+"):
        yield


@asynccontextmanager
async def file_size_limited(server: DoomedServer) -> AsyncIterator[None]:
    """No file of the server's may be larger than a page, so the log cannot be written."""
    _, most = resource.prlimit(server.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (LITTLE, most))
    yield
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (most, most))
