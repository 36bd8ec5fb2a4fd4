"""Operations on one data directory, and bytes sent on sockets.

A file is identified by a number, assigned with its first name and never reused, since names change.
Names are paths from the data directory.
"""

import sys
from typing import Final, TypeAlias

import attrs

SHARED: Final = "-shm"
"""The suffix of the index of the WAL, in shared memory, which SQLite rebuilds after a crash."""
NEVER: Final = sys.maxsize
"""The end line of a call that never returned."""


@attrs.frozen(kw_only=True)
class Step:
    """``start`` and ``end`` are lines of the trace."""

    start: int
    end: int


@attrs.frozen(kw_only=True)
class Write(Step):
    file: int
    offset: int
    data: bytes


@attrs.frozen(kw_only=True)
class Truncate(Step):
    file: int
    size: int


@attrs.frozen(kw_only=True)
class Sync(Step):
    """A successful sync of a file's content."""

    file: int


@attrs.frozen(kw_only=True)
class Link(Step):
    """The file gets a name. ``instead`` is its former name, for a renaming in one directory."""

    name: str
    file: int
    instead: str | None = None


@attrs.frozen(kw_only=True)
class MakeDirectory(Step):
    name: str


@attrs.frozen(kw_only=True)
class Unlink(Step):
    """A name of a file or a directory is removed."""

    name: str


@attrs.frozen(kw_only=True)
class SyncNames(Step):
    """A successful sync of the names in a directory, "" for the data directory."""

    directory: str = ""


@attrs.frozen(kw_only=True)
class Sent(Step):
    """Bytes sent to a client. ``socket`` identifies the connection."""

    socket: str
    data: bytes


Operation: TypeAlias = Write | Truncate | Sync | Link | MakeDirectory | Unlink | SyncNames | Sent


def parent(name: str) -> str:
    """Return the directory that has the name, "" for the data directory."""
    return name.rpartition("/")[0]
