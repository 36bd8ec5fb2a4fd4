"""Copies of blobs beside a copy of the database: for backup, restore and ``chatroom check``.

A blob never changes. So those of an earlier backup stay if it has the same name, or are linked, and
only others are copied.
"""

import os
import shutil
import sqlite3
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import attrs

from ..errors import StartError
from ..store.sql.file_integrity import referenced_blobs
from .disk import blob_path, digest_of, hold, make_directory, sync, sync_names

SUFFIX: Final = ".files"
"""What the name of a backup's directory of files has after that of its database."""


@attrs.frozen
class Copied:
    """``missing``: digests of files that are not where they should be."""

    files: int
    bytes: int
    missing: tuple[str, ...] = ()


def files_beside(copy: Path) -> Path:
    """Return the directory of files of a backup."""
    return copy.with_name(copy.name + SUFFIX)


@contextmanager
def held(root: Path) -> Iterator[None]:
    """Keep a server from deleting files in this directory during the block."""
    if not root.is_dir():
        yield
        return
    lock = hold(root)
    try:
        yield
    finally:
        os.close(lock)


def copy_blobs(
    connection: sqlite3.Connection, source: Path, target: Path, earlier: Path | None = None
) -> Copied:
    """Copy all blobs to which a database refers between directories of files. Those that the
    target has stay as they are. All are synced.

    :param earlier: a directory of files on the file system of the target. Blobs that it has are
        linked, and take no more space.
    :raises StartError: a file cannot be written. Files copied before stay.
    """
    wanted = referenced_blobs(connection)
    missing = []
    synced = {target.parent}
    for digest, size in wanted.items():
        if _is_there(blob_path(target, digest), size):
            continue
        if earlier is not None and _is_there(blob_path(earlier, digest), size):
            _link(earlier, target, digest, synced)
        elif not _copy(source, target, digest, synced):
            missing.append(digest)
    there = [size for digest, size in wanted.items() if digest not in missing]
    return Copied(len(there), sum(there), tuple(missing))


def _is_there(path: Path, size: int) -> bool:
    with suppress(FileNotFoundError):
        return path.stat().st_size == size
    return False


def _link(earlier: Path, target: Path, digest: str, synced: set[Path]) -> None:
    path = blob_path(target, digest)
    try:
        make_directory(path.parent)
        sync_names(path.parent, synced)
        path.hardlink_to(blob_path(earlier, digest))
        sync(path.parent)
    except OSError as error:
        raise StartError(f"{path} cannot be linked: {error.strerror}") from error


def _copy(source: Path, target: Path, digest: str, synced: set[Path]) -> bool:
    """Return False if the source has no sound file."""
    path, original = blob_path(target, digest), blob_path(source, digest)
    part = path.with_name(f"{digest}.part")
    try:
        if not original.is_file() or digest_of(original) != digest:
            return False
        make_directory(path.parent)
        sync_names(path.parent, synced)
        try:
            shutil.copyfile(original, part)
            part.chmod(0o600)
            sync(part)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
        sync(path.parent)
    except OSError as error:
        raise StartError(f"{path} cannot be written: {error.strerror}") from error
    return True


def remove_others(directory: Path, kept: Collection[str]) -> None:
    """Delete the files of a backup to which its database does not refer any more."""
    for path in (directory / "blobs").glob("*/*"):
        if path.name not in kept:
            path.unlink()


def damaged(wanted: Mapping[str, int], root: Path) -> Iterator[str]:
    """Yield a message for each blob that is missing in a directory of files, or damaged. Reads all
    of them."""
    for digest, size in wanted.items():
        path = blob_path(root, digest)
        if not path.is_file():
            yield f"file {path}: is missing"
        elif path.stat().st_size != size or digest_of(path) != digest:
            yield f"file {path}: is damaged"
