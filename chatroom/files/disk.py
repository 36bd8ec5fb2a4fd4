"""The files on disk, in one directory: blobs by digest, and uploads that are on their way.

All blocking work is done in a few threads. The directory is made by the first upload.

- ``blobs/ab/abcd...``: complete, synced, and never changed. The name is the SHA-256.
- ``partial/BOOT/ID``: what has arrived of an upload since the machine was booted. It is not synced:
  after a power cut it may have gaps, and is not used.
- ``pictures/ID/NUMBER``: what is made of a picture, until it is linked to the blobs.
"""

import errno
import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable, Collection
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

import attrs
import trio

from ..clock import boot_id
from ..errors import StorageFull

MAX_THREADS: Final = 4
BLOCK_BYTES: Final = 128 * 1024
"""Written, hashed or read in one turn of a thread."""
FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})

T = TypeVar("T")


def blob_path(root: Path, digest: str) -> Path:
    return root / "blobs" / digest[:2] / digest


def digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def make_directory(path: Path) -> None:
    """Create a directory that only this user can read, and those above it. Nothing is synced."""
    if path.is_dir():
        return
    make_directory(path.parent)
    path.mkdir(mode=0o700, exist_ok=True)


def sync_names(path: Path, synced: set[Path]) -> None:
    """Sync the name of a directory and of those above it, up to one in ``synced``. All are added.

    A directory that is there may not be synced: another thread has just made it, or the server was
    killed when it had.
    """
    if path not in synced:
        sync_names(path.parent, synced)
        sync(path.parent)
        synced.add(path)


def sync(path: Path) -> None:
    file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def place(root: Path, source: Path, digest: str, synced: set[Path]) -> None:
    """Make a file the blob with this digest, which it has, and sync it. It replaces an equal one,
    which may not be synced. The source is kept.

    :param synced: see :func:`sync_names`.
    """
    path = blob_path(root, digest)
    make_directory(path.parent)
    sync_names(path.parent, synced)
    sync(source)
    # A link of its own, so that the name is taken from the old file in one step.
    link = source.with_name(f"{source.name}.{digest}")
    link.unlink(missing_ok=True)
    os.link(source, link)
    link.replace(path)
    link.unlink(missing_ok=True)  # rename() does nothing if both are the same file
    sync(path.parent)


class Disk:
    """:param root: the directory of files. That in which it is must be there."""

    def __init__(self, root: Path) -> None:
        self.root: Final = root
        self.partial: Final = self.root / "partial" / (boot_id() or "unknown")
        self.pictures: Final = self.root / "pictures"
        self._synced: Final = {root.parent}
        """Directories whose names this process has synced, and that in which ``root`` is."""
        self._threads = trio.CapacityLimiter(MAX_THREADS)

    def is_used(self) -> bool:
        """Return whether the directory was made. Until then no thread is needed."""
        return self.root.is_dir()

    async def run(self, work: Callable[[], T]) -> T:
        """Do blocking work in a thread.

        :raises StorageFull: no space is left.
        """
        try:
            return await trio.to_thread.run_sync(work, limiter=self._threads)
        except OSError as error:
            if error.errno in FULL:
                raise StorageFull("no space is left for files") from error
            raise

    def partial_path(self, upload: str) -> Path:
        return self.partial / upload

    async def received(self, upload: str) -> int:
        """Return how many bytes of an upload are here."""
        return await self.run(partial(_size, self.partial_path(upload)))

    async def append(self, upload: str, offset: int, data: bytes) -> None:
        await self.run(partial(_append, self.partial_path(upload), offset, data))

    async def discard(self, upload: str) -> None:
        """Delete what is here of an upload that is no blob."""
        await self.run(partial(self._discard, upload))

    def _discard(self, upload: str) -> None:
        for path in self.partial.parent.glob(f"*/{upload}"):  # perhaps begun at another machine
            path.unlink(missing_ok=True)
        shutil.rmtree(self.pictures / upload, ignore_errors=True)

    async def discard_earlier(self) -> None:
        """Delete what arrived of uploads before the machine was booted."""
        await self.run(self._discard_earlier)

    def _discard_earlier(self) -> None:
        for directory in self.partial.parent.glob("*"):
            if directory != self.partial:
                shutil.rmtree(directory, ignore_errors=True)

    async def place(self, source: Path, digest: str) -> None:
        """See :func:`place`."""
        await self.run(partial(place, self.root, source, digest, self._synced))

    async def free_bytes(self) -> int:
        return await self.run(partial(_free_bytes, self.root))

    async def delete_blobs(self, digests: Collection[str]) -> None:
        await self.run(partial(_delete, [blob_path(self.root, digest) for digest in digests]))

    async def backup_runs(self) -> bool:
        """Return whether a backup is reading blobs: see :func:`hold`."""
        return await self.run(partial(_is_held, self.root))

    async def open(self, digest: str, start: int, length: int) -> "BlobContent":
        """:raises OSError: there is no such blob."""
        path = blob_path(self.root, digest)
        file = await self.run(partial(os.open, path, os.O_RDONLY | os.O_CLOEXEC))
        return BlobContent(self, file, start, length)


@attrs.define(eq=False)
class BlobContent:
    """A part of a blob as the content of a response."""

    _disk: Disk
    _file: int
    _at: int
    length: int

    async def read(self) -> bytes:
        data = await self._disk.run(partial(os.pread, self._file, BLOCK_BYTES, self._at))
        self._at += len(data)
        return data

    def close(self) -> None:
        os.close(self._file)


def hold(root: Path) -> int:
    """Keep blobs from being deleted until the returned file descriptor is closed."""
    file = os.open(root, os.O_RDONLY | os.O_CLOEXEC)
    fcntl.flock(file, fcntl.LOCK_SH)
    return file


def _is_held(root: Path) -> bool:
    if not root.is_dir():
        return False
    file = os.open(root, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(file)
    return False


def _size(path: Path) -> int:
    with suppress(FileNotFoundError):
        return path.stat().st_size
    return 0


def _append(path: Path, offset: int, data: bytes) -> None:
    make_directory(path.parent)
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        done = 0
        while done < len(data):
            done += os.pwrite(file, data[done:], offset + done)
    finally:
        os.close(file)


def _free_bytes(root: Path) -> int:
    while not root.exists():
        root = root.parent
    status = os.statvfs(root)
    return status.f_bavail * status.f_frsize


def _delete(paths: Collection[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
    for directory in {path.parent for path in paths}:
        if directory.is_dir():
            sync(directory)
