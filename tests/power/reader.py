"""System calls as operations on one data directory, and bytes sent on sockets.

A call that could change the directory in a way without an operation here is an error, so that new
uses of the file system by the server are noticed.
"""

import itertools
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Final, TypedDict

import attrs

from .operations import (
    NEVER,
    SHARED,
    Link,
    MakeDirectory,
    Operation,
    Sent,
    Sync,
    SyncNames,
    Truncate,
    Unlink,
    Write,
    parent,
)
from .trace import Call, plain

_DESCRIPTOR: Final = re.compile(rb"(?:(\d+)|AT_FDCWD)<([^>]*)>(\(deleted\))?")


class _Lines(TypedDict):
    start: int
    end: int


class Unmodelled(Exception):
    """A call whose effect on the directory the disk model does not know."""


@attrs.define(eq=False)
class Reader:
    """Tracks names, open files and their positions through the calls of consecutive servers.

    ``names`` (of files) and ``directories`` are those of the running system, with unsynced ones.
    """

    directory: Path
    names: dict[str, int] = attrs.Factory(dict)
    directories: set[str] = attrs.Factory(set)
    _numbers: Iterator[int] = attrs.Factory(itertools.count)
    _sizes: dict[int, int] = attrs.Factory(dict)
    _open: dict[tuple[int, int], tuple[int, bool]] = attrs.Factory(dict)
    """(descriptor, file) -> position, whether it appends. With the file, because one thread may
    be given the descriptor while another has not yet returned from closing it."""

    def closed(self) -> None:
        """Forget the open files of a server that has ended."""
        self._open.clear()

    def read(self, call: Call) -> Iterator[Operation]:
        """Yield the operations of a call. Calls must be passed in the order of their starts.

        :raises Unmodelled: the call changes the directory in a way that has no operation.
        """
        if call.failed:
            return
        step = _step(call)
        match call.name:
            case "open" | "openat" | "openat2" | "creat":
                yield from self._opened(call)
            case "close" | "read" | "lseek" | "dup" | "dup2" | "dup3":
                self._moved(call)
            case "pwrite64":
                name = self._name_of(call)
                if name is not None:
                    offset = int(call.arguments.rpartition(b", ")[2])
                    yield self._written(call, self.names[name], offset, call.strings()[0])
            case "sendto" | "sendmsg" | "write" | "writev":
                yield from self._sent_or_written(call)
            case "ftruncate":
                name = self._name_of(call)
                if name is not None:
                    size = int(call.arguments.rpartition(b", ")[2])
                    yield self._truncated(call, self.names[name], size)
            case "fsync" | "fdatasync" if call.end is not None:
                name = self._name_of(call)
                if name == "" or name in self.directories:
                    yield SyncNames(**step, directory=name)
                elif name is not None:
                    yield Sync(**step, file=self.names[name])
            case "fsync" | "fdatasync" | "sync_file_range":
                pass  # no effect on durability
            case "unlink" | "unlinkat" | "rmdir":
                for name in self._names(call):
                    if self.names.pop(name, None) is not None or name in self.directories:
                        self.directories.discard(name)
                        yield Unlink(**step, name=name)
            case "link" | "linkat":
                yield from self._linked(call)
            case "rename" | "renameat" | "renameat2":
                yield from self._renamed(call)
            case "mmap":
                name = self._name_of(call)
                shared = b"MAP_SHARED" in call.arguments and b"PROT_WRITE" in call.arguments
                if shared and name is not None and not name.endswith(SHARED):
                    raise Unmodelled(f"{name} is written through memory")
            case "mkdir" | "mkdirat":
                for name in self._names(call):
                    self.directories.add(name)
                    yield MakeDirectory(**step, name=name)
            case "io_uring_setup" | "sendmmsg" | "sync" | "syncfs":
                raise Unmodelled(call.name)
            case _:
                targets = [plain(match[2]) for match in _DESCRIPTOR.finditer(call.arguments)]
                if any(map(self._inside, targets)) or self._names(call):
                    raise Unmodelled(f"{call.name} in the data directory")

    # ---- one method per kind of call

    def _opened(self, call: Call) -> Iterator[Operation]:
        descriptor, name = self._result(call)
        if descriptor is None or not name or name in self.directories:
            return
        step = _step(call)
        if name not in self.names:
            self.names[name] = file = next(self._numbers)
            self._sizes[file] = 0
            yield Link(**step, name=name, file=file)
        file = self.names[name]
        if b"O_TRUNC" in call.arguments and self._sizes[file]:
            yield self._truncated(call, file, 0)
        self._open[descriptor, file] = 0, b"O_APPEND" in call.arguments

    def _moved(self, call: Call) -> None:
        name, descriptor = self._name_of(call), _descriptor(call)
        if not name or name in self.directories or descriptor is None or call.returned is None:
            return
        place = descriptor, self.names[name]
        if call.name == "close":
            self._open.pop(place, None)
        elif call.name.startswith("dup"):
            raise Unmodelled("two descriptors with one position")
        else:
            position, appends = self._position(place)
            position = call.returned if call.name == "lseek" else position + call.returned
            self._open[place] = position, appends

    def _sent_or_written(self, call: Call) -> Iterator[Operation]:
        name = self._name_of(call)
        if name is None:
            socket = _target(call)
            if socket is not None and socket.startswith(b"socket:"):
                # A call that did not return may still have sent all its bytes.
                data = b"".join(call.strings())[: call.returned]
                yield Sent(**_step(call), socket=socket.decode(), data=data)
            return
        descriptor = _descriptor(call)
        assert descriptor is not None
        file = self.names[name]
        position, appends = self._position((descriptor, file))
        position = self._sizes[file] if appends else position
        write = self._written(call, file, position, b"".join(call.strings()))
        self._open[descriptor, file] = position + len(write.data), appends
        yield write

    def _position(self, place: tuple[int, int]) -> tuple[int, bool]:
        if place not in self._open:
            raise Unmodelled("a descriptor that was not opened: where does it stand?")
        return self._open[place]

    def _written(self, call: Call, file: int, offset: int, data: bytes) -> Write:
        data = data[: call.returned]
        self._sizes[file] = max(self._sizes[file], offset + len(data))
        return Write(**_step(call), file=file, offset=offset, data=data)

    def _truncated(self, call: Call, file: int, size: int) -> Truncate:
        self._sizes[file] = size
        return Truncate(**_step(call), file=file, size=size)

    def _linked(self, call: Call) -> Iterator[Operation]:
        names = self._names(call)
        if not names:
            return
        if len(names) != 2 or names[0] not in self.names:
            raise Unmodelled(f"a link between {names}")
        old, new = names
        self.names[new] = file = self.names[old]
        yield Link(**_step(call), name=new, file=file)

    def _renamed(self, call: Call) -> Iterator[Operation]:
        names = self._names(call)
        if not names:
            return
        if len(names) != 2 or names[0] not in self.names or b"RENAME_" in call.arguments:
            raise Unmodelled(f"a rename between {names}")
        old, new = names
        if self.names[old] == self.names.get(new):
            return  # does nothing
        step = _step(call)
        self.names[new] = file = self.names.pop(old)
        if parent(old) == parent(new):
            yield Link(**step, name=new, file=file, instead=old)
        else:
            # Each directory is synced on its own.
            yield Link(**step, name=new, file=file)
            yield Unlink(**step, name=old)

    # ---- files and names

    def _name_of(self, call: Call) -> str | None:
        """Return the name of the first descriptor's file: "" for the directory itself, None for a
        file outside it."""
        target = _target(call)
        return None if target is None else self._inside(target)

    def _result(self, call: Call) -> tuple[int | None, str | None]:
        match = _DESCRIPTOR.match(call.result)
        if match is None or match[1] is None:
            return None, None
        return int(match[1]), self._inside(plain(match[2]))

    def _names(self, call: Call) -> list[str]:
        """Return the names of the path arguments that are in the directory."""
        found = []
        for text in call.strings():
            if not text.startswith(b"/"):
                match = _DESCRIPTOR.search(call.arguments)
                if match is None:
                    raise Unmodelled(f"{call.name} with a relative path")
                text = plain(match[2]) + b"/" + text
            found.append(self._inside(text))
        return [name for name in found if name]

    def _inside(self, path: bytes) -> str | None:
        return _inside(str(self.directory), path)


@lru_cache(maxsize=4096)
def _inside(directory: str, path: bytes) -> str | None:
    text = path.decode("utf-8", "surrogateescape")
    if text == directory:
        return ""
    return text.removeprefix(f"{directory}/") if text.startswith(f"{directory}/") else None


def _target(call: Call) -> bytes | None:
    """Return the path of the first descriptor among the arguments; None for a deleted file."""
    match = _DESCRIPTOR.search(call.arguments[:20000])
    return None if match is None or match[3] else plain(match[2])


def _step(call: Call) -> _Lines:
    return {"start": call.start, "end": NEVER if call.end is None else call.end}


def _descriptor(call: Call) -> int | None:
    match = _DESCRIPTOR.match(call.arguments)
    return None if match is None or match[1] is None else int(match[1])
