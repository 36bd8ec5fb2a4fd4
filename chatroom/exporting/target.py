"""Where an export goes: its records, and the files to which they refer, in a directory or a ZIP."""

import os
import shutil
import tempfile
import zipfile
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final, Self

import orjson

from ..config import Config
from ..errors import ChatroomError
from ..files.disk import blob_path

FILES: Final = "files"
"""The directory of files, beside the records."""
_COPIED_BYTES: Final = 1 << 18


class ExportFailed(ChatroomError):
    """An export cannot be written. The message says why."""


class Target(ABC):
    """An export that is being written.

    :param files: the directory of files.
    :ivar records: the number of records so far; ``missing``: of files that are not on the disk.
    """

    def __init__(self, records: IO[bytes], files: Path) -> None:
        self.records = 0
        self.missing = 0
        self._file = records
        self._blobs = files
        self._copied: set[str] = set()

    @property
    def copied(self) -> int:
        """The number of files."""
        return len(self._copied)

    def add(self, kind: str, fields: Mapping[str, Any]) -> None:
        """Write a record, without the fields that are None, false, empty or 0."""
        record = {"type": kind} | {key: value for key, value in fields.items() if value}
        self._file.write(orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE))
        self.records += 1

    def copy(self, digest: str) -> str | None:
        """Copy a file. Return its path in the export; None if it is not on the disk."""
        path = f"{FILES}/{digest}"
        if digest in self._copied:
            return path
        try:
            with blob_path(self._blobs, digest).open("rb") as read, self._open(path) as write:
                shutil.copyfileobj(read, write, _COPIED_BYTES)
        except FileNotFoundError:
            self.missing += 1
            return None
        self._copied.add(digest)
        return path

    @abstractmethod
    def _open(self, path: str) -> IO[bytes]:
        """Open a new file of the export."""


class DirectoryTarget(Target):
    def __init__(self, directory: Path, records: IO[bytes], files: Path) -> None:
        super().__init__(records, files)
        self._directory = directory

    @classmethod
    @contextmanager
    def made(cls, directory: Path, name: str, files: Path) -> Iterator[Self]:
        """Make the directory, which must be empty. The records get their name at the end.

        :raises ExportFailed: it is not empty, or cannot be written.
        """
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            if any(directory.iterdir()):
                raise ExportFailed(f"{directory} is not empty")
            unfinished = directory / f"{name}.unfinished"
            with open(unfinished, "xb", opener=_private) as file:
                yield cls(directory, file, files)
                file.flush()
                os.fsync(file.fileno())
            unfinished.rename(directory / name)
        except OSError as error:
            raise ExportFailed(f"{directory}: {error.strerror}") from None

    def _open(self, path: str) -> IO[bytes]:
        target = self._directory / path
        target.parent.mkdir(mode=0o700, exist_ok=True)
        return open(target, "xb", opener=_private)


class ArchiveTarget(Target):
    def __init__(self, archive: zipfile.ZipFile, records: IO[bytes], files: Path) -> None:
        super().__init__(records, files)
        self._archive = archive

    @classmethod
    @contextmanager
    def made(cls, archive: IO[bytes], name: str, config: Config) -> Iterator[Self]:
        """Write a ZIP file. The records, whose file has the name, are its last member. Until then
        they are in the data directory."""
        with (
            zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as made,
            tempfile.TemporaryFile(dir=config.data) as records,
        ):
            yield cls(made, records, config.files)
            records.seek(0)
            with made.open(name, "w", force_zip64=True) as write:
                shutil.copyfileobj(records, write, _COPIED_BYTES)

    def _open(self, path: str) -> IO[bytes]:
        return self._archive.open(path, "w", force_zip64=True)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
