"""The disk model: what a sync guarantees, and that nothing else is guaranteed."""

import random
from collections.abc import Iterable
from typing import Final

import pytest

from .disk import MOODS, SECTOR, Disk, Mood
from .operations import (
    NEVER,
    Link,
    MakeDirectory,
    Operation,
    Sync,
    SyncNames,
    Truncate,
    Unlink,
    Write,
)

FILE: Final = 0


def write(line: int, offset: int, data: bytes, end: int | None = None, file: int = FILE) -> Write:
    return Write(start=line, end=end or line, file=file, offset=offset, data=data)


def sync(line: int, end: int | None = None, file: int = FILE) -> Sync:
    return Sync(start=line, end=end or line, file=file)


def link(line: int, name: str = "file", file: int = FILE, instead: str | None = None) -> Link:
    return Link(start=line, end=line, name=name, file=file, instead=instead)


def sync_names(line: int, directory: str = "") -> SyncNames:
    return SyncNames(start=line, end=line, directory=directory)


def cut_off(line: int, size: int) -> Truncate:
    return Truncate(start=line, end=line, file=FILE, size=size)


def possible(
    operations: Iterable[Operation], line: int = 9, moods: Iterable[Mood] = MOODS
) -> set[frozenset[tuple[str, bytes]]]:
    """Return a large sample of the possible states at a line."""
    disk = Disk(operations)
    disk.play(line)
    return {
        frozenset(disk.cut(random.Random(seed), mood).items())  # noqa: S311 - to be repeated
        for mood in moods
        for seed in range(300)
    }


def contents(operations: Iterable[Operation], line: int = 9) -> set[bytes]:
    """Return the possible contents of the one file, whose name is durable."""
    made = (link(0), sync_names(1), *operations)
    return {dict(state)["file"] for state in possible(made, line)}


UNSYNCED: Final = (write(2, 0, b"a"), sync(3), write(4, 0, b"b"), write(5, 1, b"c"))
UNFINISHED: Final = (write(2, 0, b"a"), sync(3, end=5))
CUT_OFF: Final = (write(2, 0, b"ab"), sync(3), cut_off(4, 1))
RENAMED: Final = (
    *(write(2, 0, b"old"), sync(3)),
    *(link(4, "new", 1), write(5, 0, b"new", file=1), link(6, "file", 1, instead="new")),
)


@pytest.mark.parametrize(
    ("operations", "line", "expected"),
    [
        pytest.param(
            [write(2, 0, b"a"), write(3, 1, b"b"), sync(4)], 5, {b"ab"}, id="synced data survives"
        ),
        pytest.param(UNSYNCED, 6, {b"a", b"b", b"ac", b"bc"}, id="any part of unsynced data may"),
        pytest.param(UNSYNCED, 5, {b"a", b"b"}, id="a write that did not begin does not"),
        pytest.param(UNFINISHED, 5, {b"", b"a"}, id="an unfinished sync promises nothing"),
        pytest.param(UNFINISHED, 6, {b"a"}, id="a sync that has returned does"),
        pytest.param(
            [write(2, 0, b"a", end=4), sync(3, end=5)],
            *(9, {b"", b"a"}),
            id="a sync does not cover a write that returned after its start",
        ),
        pytest.param(
            [write(2, 0, b"a", end=NEVER), sync(3)],
            *(9, {b"", b"a"}),
            id="a sync does not cover a write that never returned",
        ),
        pytest.param(
            [link(1, "other", 1), write(2, 0, b"a"), sync(3, file=1)],
            *(9, {b"", b"a"}),
            id="a sync covers one file",
        ),
        pytest.param(
            [write(2, 0, b"ab"), write(3, 2, b"c")],
            *(9, {b"", b"ab", b"\0\0c", b"abc"}),
            id="unwritten ranges are zeros",
        ),
        pytest.param(CUT_OFF, 9, {b"a", b"ab"}, id="an unsynced truncation may survive"),
        pytest.param([*CUT_OFF, sync(5)], 9, {b"a"}, id="a synced truncation survives"),
        pytest.param(RENAMED, 9, {b"old", b"", b"new"}, id="a renamed file may lack its content"),
    ],
)
def test_what_a_file_may_contain(
    operations: list[Operation], line: int, expected: set[bytes]
) -> None:
    assert contents(operations, line) == expected


def test_writes_are_torn_at_sectors() -> None:
    """Bytes 100 to 1123 are in three sectors."""
    pieces = [(100, SECTOR), (SECTOR, 2 * SECTOR), (2 * SECTOR, 1124)]
    found = set()
    for content in contents([write(2, 0, b"-" * 1200), sync(3), write(4, 100, b"x" * 1024)]):
        assert len(content) == 1200
        assert set(content[:100] + content[1124:]) == set(b"-")
        values = [set(content[start:end]) for start, end in pieces]
        assert all(len(value) == 1 for value in values)
        found.add(tuple(value == set(b"x") for value in values))
    assert len(found) == 8


def test_names_need_a_directory_sync() -> None:
    made: list[Operation] = [link(0), write(1, 0, b"a"), sync(2)]
    here, gone = frozenset({("file", b"a")}), frozenset[tuple[str, bytes]]()
    assert possible(made) == {here, gone}
    assert possible([*made, sync_names(3)]) == {here}
    removed: list[Operation] = [*made, sync_names(3), Unlink(start=4, end=4, name="file")]
    assert possible(removed) == {here, gone}
    assert possible([*removed, sync_names(5)]) == {gone}


def test_names_need_a_sync_of_each_directory_above() -> None:
    made: list[Operation] = [
        MakeDirectory(start=0, end=0, name="one"),
        MakeDirectory(start=1, end=1, name="one/two"),
        *(link(2, "one/two/file"), write(3, 0, b"a"), sync(4)),
    ]
    here, gone = frozenset({("one/two/file", b"a")}), frozenset[tuple[str, bytes]]()
    syncs = [sync_names(line, name) for line, name in [(5, ""), (6, "one"), (7, "one/two")]]
    for missing in syncs:
        assert possible([*made, *(each for each in syncs if each != missing)]) == {here, gone}
    assert possible([*made, *syncs]) == {here}


@pytest.mark.parametrize("mood", MOODS)
def test_shared_memory_files_do_not_survive(mood: Mood) -> None:
    states = possible([link(0, "db-shm"), write(1, 0, b"a"), sync(2), sync_names(3)], moods=[mood])
    assert frozenset() in states
    assert all(dict(state).get("db-shm") != b"a" for state in states)
    assert len(states) > 100
