"""The files of a Slack export: a ZIP file, or the directory into which it was unpacked."""

import zipfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any, Final

import orjson

from ..records import ImportFailed

Json = dict[str, Any]
_USERS: Final = "users.json"


class Source:
    """:ivar days: the names of the files of each folder, one a day, in order."""

    def __init__(self, path: Path) -> None:
        """:raises ImportFailed: this is no Slack export."""
        self.path: Final = path
        self._read: Callable[[str], bytes]
        try:
            if path.is_dir():
                names = [
                    each.relative_to(path).as_posix()
                    for pattern in ("*.json", "*/*.json")
                    for each in path.glob(pattern)
                ]
                self._read = lambda name: (path / name).read_bytes()
            else:
                archive = zipfile.ZipFile(path)
                names, self._read = archive.namelist(), archive.read
        except (OSError, zipfile.BadZipFile) as error:
            raise ImportFailed(f"{path}: {error}") from None
        # Some archives have all files below one folder.
        roots = [name.removesuffix(_USERS) for name in names if PurePosixPath(name).name == _USERS]
        if not roots:
            raise ImportFailed(f"{path}: is no Slack export: it has no {_USERS}")
        self._root: Final = min(roots, key=len)
        self._names: Final = {
            name.removeprefix(self._root) for name in names if name.startswith(self._root)
        }
        self.days: Final[dict[str, list[str]]] = {}
        for name in sorted(self._names):
            folder, slash, file = name.rpartition("/")
            if slash and file.endswith(".json"):
                self.days.setdefault(folder, []).append(name)

    def objects(self, name: str) -> list[Json]:
        """Return the objects of a file; none if there is no such file.

        :raises ImportFailed: it is no array of objects.
        """
        if name not in self._names:
            return []
        try:
            found = orjson.loads(self._read(self._root + name))
        except (OSError, ValueError, zipfile.BadZipFile) as error:
            raise ImportFailed(f"{self.path}, {name}: {error}") from None
        if type(found) is not list or any(type(each) is not dict for each in found):
            raise ImportFailed(f"{self.path}, {name}: is no array of objects")
        return found


def index_files(directory: Path | None) -> dict[str, str]:
    """Return the files of a directory by their ids at Slack, relative to it. Their names are
    ``ID/NAME``, ``ID-NAME`` or ``ID.EXTENSION``.
    """
    files: dict[str, str] = {}
    if directory is None:
        return files
    for each in sorted(directory.iterdir()):
        found = each
        if each.is_dir():
            inside = [file for file in sorted(each.iterdir()) if file.is_file()]
            if not inside:
                continue
            found = inside[0]
        key = each.name.partition("-")[0].partition(".")[0]
        files[key] = found.relative_to(directory).as_posix()
    return files
