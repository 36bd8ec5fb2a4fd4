"""A model of a disk after a power cut: it has all synced data, and any part of the rest.

- ``fsync`` and ``fdatasync`` of a file make durable its size and the data written by calls that had
  returned when the sync began. ``fsync`` of a directory makes the names in it durable. Nothing else
  does. (ext4 in its default mode promises more: syncing a new file syncs its name. The server does
  not depend on it.) A name is lost with that of its directory.
- Of the unsynced operations any subset survives. A write survives, does not, or survives in some of
  its sectors. Ranges of a file that were never written are zeros. A truncation, and each creation,
  renaming or removal of a name, happened or did not.
- ``-shm`` files are in memory: they are missing, or have any content.
"""

import random
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, Literal, TypeAlias, assert_never

import attrs

from .operations import (
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

SECTOR: Final = 512
"""Size in bytes, aligned in the file. A disk writes a sector completely or not at all."""

Change: TypeAlias = Write | Truncate
Naming: TypeAlias = Link | MakeDirectory | Unlink
Names: TypeAlias = dict[str, int | None]
"""The files by name; None for a directory."""
Mood: TypeAlias = Literal["nothing", "everything", "in order", "mixed", "torn"]
"""Which unsynced operations survive. "in order": a prefix of them, of which the last is torn."""
MOODS: Final[tuple[Mood, ...]] = ("nothing", "everything", "in order", "mixed", "torn")


@attrs.define(eq=False)
class File:
    durable: bytearray = attrs.Factory(bytearray)
    pending: list[Change] = attrs.Factory(list)


@attrs.define(eq=False)
class Disk:
    """Replays operations up to a line. Then :meth:`cut` returns what may be left.

    ``drops``: makes it a faulty disk, to test the tests.
    """

    operations: Iterable[Operation]
    drops: "Drops | None" = None
    files: dict[int, File] = attrs.Factory(dict)
    names: Names = attrs.Factory(dict)
    naming: list[Naming] = attrs.Factory(list)
    _steps: Iterator[tuple[int, Operation]] = attrs.field(init=False)
    _next: tuple[int, Operation] | None = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        steps = [
            (step.end if isinstance(step, Sync | SyncNames) else step.start, step)
            for step in self.operations
            if not isinstance(step, Sent)
        ]
        self._steps = iter(sorted(steps, key=lambda step: step[0]))
        self._next = next(self._steps, None)

    def play(self, line: int) -> None:
        """Replay operations that had begun before the line, and syncs that had returned."""
        while self._next is not None and self._next[0] < line:
            self._play(self._next[1])
            self._next = next(self._steps, None)

    def _play(self, step: Operation) -> None:
        match step:
            case Write() | Truncate():
                self.files[step.file].pending.append(step)
            case Link():
                self.files.setdefault(step.file, File())
                self.naming.append(step)
            case MakeDirectory() | Unlink():
                self.naming.append(step)
            case Sync():
                self._harden(self.files[step.file], step.start)
            case SyncNames():
                rest = []
                for naming in self.naming:
                    if parent(naming.name) == step.directory and _before(naming, step.start):
                        _name(self.names, naming)
                    else:
                        rest.append(naming)
                self.naming = rest
            case Sent():
                pass  # not on the disk

    def _harden(self, file: File, start: int) -> None:
        rest = []
        for change in file.pending:
            if not _before(change, start):
                rest.append(change)
            elif self.drops is None or not self.drops.take(change, self.named):
                _change(file.durable, change)
        file.pending = rest

    @property
    def named(self) -> Names:
        """Return the files by name as the running system sees them, including unsynced names."""
        names = dict(self.names)
        for naming in self.naming:
            _name(names, naming)
        return names

    def cut(self, dice: random.Random, mood: Mood) -> dict[str, bytes]:
        """Return the files by name in one of the possible states."""
        names = dict(self.names)
        for naming in _survivors(self.naming, dice, mood):
            _name(names, naming)
        left = {}
        for name, number in names.items():
            if number is None or not _is_reached(names, name):
                continue
            if name.endswith(SHARED):
                if dice.random() < 0.5:
                    left[name] = dice.randbytes(32768)
                continue
            file = self.files[number]
            content = bytearray(file.durable)
            for change in _left(file.pending, dice, mood):
                _change(content, change)
            left[name] = bytes(content)
        return left


@attrs.define
class Drops:
    """Loses the first synced write to a file after a line."""

    name: str
    line: int
    dropped: Write | None = None

    def take(self, change: Change, names: Names) -> bool:
        if self.dropped or not isinstance(change, Write):
            return False
        if change.start < self.line or change.file != names.get(self.name):
            return False
        self.dropped = change
        return True


def files_in(directory: Path) -> dict[str, bytes]:
    """Return the files of a directory and of those in it, by name, as :meth:`Disk.cut` does."""
    return {
        str(path.relative_to(directory)): path.read_bytes()
        for path in directory.rglob("*")
        if path.is_file()
    }


def _before(step: Change | Naming, line: int) -> bool:
    return step.end < line


def _change(content: bytearray, change: Change) -> None:
    size = change.size if isinstance(change, Truncate) else change.offset
    if len(content) < size:
        content.extend(bytes(size - len(content)))
    if isinstance(change, Truncate):
        del content[size:]
    else:
        content[size : size + len(change.data)] = change.data


def _name(names: Names, naming: Naming) -> None:
    match naming:
        case Unlink():
            names.pop(naming.name, None)
        case MakeDirectory():
            names[naming.name] = None
        case Link():
            if naming.instead is not None:
                names.pop(naming.instead, None)
            names[naming.name] = naming.file


def _is_reached(names: Names, name: str) -> bool:
    """Return whether all directories above the name are there."""
    while name := parent(name):
        if name not in names:
            return False
    return True


# ---- choosing the survivors


def _survivors(namings: list[Naming], dice: random.Random, mood: Mood) -> list[Naming]:
    match mood:
        case "nothing":
            return []
        case "everything":
            return namings
        case "in order":
            return namings[: dice.randint(0, len(namings))]
        case "mixed" | "torn":
            return [naming for naming in namings if dice.random() < 0.5]
        case _:
            assert_never(mood)


def _left(changes: list[Change], dice: random.Random, mood: Mood) -> Iterator[Change]:
    match mood:
        case "nothing":
            return
        case "everything":
            yield from changes
        case "in order":
            count = dice.randint(0, len(changes))
            yield from changes[:count]
            for change in changes[count : count + 1]:
                yield from _torn(change, dice)
        case "mixed" | "torn":
            kept = dice.random()
            torn = 1.0 if mood == "torn" else 0.2
            for change in changes:
                if dice.random() < kept:
                    yield from _torn(change, dice) if dice.random() < torn else (change,)


def _torn(change: Change, dice: random.Random) -> Iterator[Change]:
    """Yield the write of some sectors: the first ones, the last ones, or any."""
    if isinstance(change, Truncate):
        return
    sectors = list(_sectors(change))
    at = dice.randint(0, len(sectors))
    match dice.randrange(3):
        case 0:
            yield from sectors[:at]
        case 1:
            yield from sectors[at:]
        case _:
            yield from (sector for sector in sectors if dice.random() < 0.5)


def _sectors(write: Write) -> Iterator[Write]:
    start, end = write.offset, write.offset + len(write.data)
    while start < end:
        stop = min(end, (start // SECTOR + 1) * SECTOR)
        data = write.data[start - write.offset : stop - write.offset]
        yield attrs.evolve(write, offset=start, data=data)
        start = stop
