"""Storage without space: a small full disk, a quota, a limit on the size of files.

Needs Linux, ``unshare`` and ``nsenter`` (util-linux), and root or user namespaces.
"""

import os
import resource
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Final

import attrs

from .failing_server import FailingServer, failing

_MOUNT: Final = 'mount -t tmpfs -o "size=$1k,mode=700" tmpfs "$2" && echo mounted && read -r _'
_NEEDED: Final = (
    "no disk can be mounted here: run the tests as root, or where an ordinary user may mount in a"
    " namespace of their own (unshare --map-root-user --mount; see user.max_user_namespaces,"
    " kernel.unprivileged_userns_clone, kernel.apparmor_restrict_unprivileged_userns)"
)
PAGE_BYTES: Final = 4096
"""One page of the database in bytes, which is less than the first write to the WAL."""


@attrs.frozen
class SmallDisk:
    """A small disk in a mount namespace. ``path`` leads to it from outside, through ``/proc``.
    SQLite resolves such a path, which works only inside the namespace: ``inside`` are the words
    before a command to run it there.
    """

    path: Path
    inside: tuple[str, ...]


@contextmanager
def small_disk(directory: Path, kilobytes: int) -> Iterator[SmallDisk]:
    """Mount a disk at ``directory``, which is created, in a namespace that ends with the block."""
    directory.mkdir()
    # Root does not need a user namespace, which may be disabled.
    mine = os.geteuid() == 0
    namespace = ["unshare", *([] if mine else ["--map-root-user"]), "--mount"]
    command = [*namespace, "sh", "-c", _MOUNT, "sh", str(kilobytes), str(directory)]
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
    """Fill the disk to the last page with another file."""
    ballast = directory / "ballast"
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))
    assert os.statvfs(directory).f_bavail == 0
    yield
    ballast.unlink()


@asynccontextmanager
async def over_quota(server: FailingServer) -> AsyncIterator[None]:
    """Make each write of the server exceed its user's quota."""
    async with failing(server, "pwrite64:error=EDQUOT:when=1+"):
        yield


@asynccontextmanager
async def file_size_limited(server: FailingServer) -> AsyncIterator[None]:
    """Limit the size of the server's files to one page, so that the WAL cannot be written."""
    _, most = resource.prlimit(server.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (PAGE_BYTES, most))
    yield
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (most, most))
