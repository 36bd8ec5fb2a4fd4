"""The disk model: what a sync guarantees, and that nothing else is guaranteed."""

import random
from collections.abc import Iterable
from typing import Final

import pytest

from .disk import MOODS, SECTOR, Disk, Mood
from .operations import NEVER, Link, Operation, Sync, SyncNames, Truncate, Unlink, Write

FILE: Final = 0
MADE: Final[tuple[Operation, ...]] = (
    Link(start=0, end=0, name="file", file=FILE),
    SyncNames(start=1, end=1),
)


def write(line: int, offset: int, data: bytes, end: int | None = None) -> Write:
    return Write(start=line, end=end or line, file=FILE, offset=offset, data=data)


def sync(line: int, end: int | None = None) -> Sync:
    return Sync(start=line, end=end or line, file=FILE)


def possible(
    operations: Iterable[Operation], line: int, moods: Iterable[Mood] = MOODS
) -> set[frozenset[tuple[str, bytes]]]:
    """Return a large sample of the possible states at a line."""
    disk = Disk(operations)
    disk.play(line)
    return {
        frozenset(disk.cut(random.Random(seed), mood).items())  # noqa: S311 - to be repeated
        for mood in moods
        for seed in range(300)
    }


def contents(operations: Iterable[Operation], line: int) -> set[bytes]:
    """Return the possible contents of the one file."""
    return {dict(state)["file"] for state in possible(operations, line)}


def test_synced_data_survives() -> None:
    assert contents([*MADE, write(2, 0, b"a"), write(3, 1, b"b"), sync(4)], 5) == {b"ab"}


def test_any_part_of_unsynced_data_may_survive() -> None:
    operations: list[Operation] = [
        *MADE,
        write(2, 0, b"a"),
        sync(3),
        write(4, 0, b"b"),
        write(5, 1, b"c"),
    ]
    assert contents(operations, 6) == {b"a", b"b", b"ac", b"bc"}
    assert contents(operations, 5) == {b"a", b"b"}


def test_unfinished_sync_promises_nothing() -> None:
    operations: list[Operation] = [*MADE, write(2, 0, b"a"), sync(3, end=5)]
    assert contents(operations, 5) == {b"", b"a"}
    assert contents(operations, 6) == {b"a"}


def test_sync_covers_writes_that_returned_before_it() -> None:
    during: list[Operation] = [*MADE, write(2, 0, b"a", end=4), sync(3, end=5)]
    assert contents(during, 9) == {b"", b"a"}
    never: list[Operation] = [*MADE, write(2, 0, b"a", end=NEVER), sync(3)]
    assert contents(never, 9) == {b"", b"a"}


def test_sync_covers_one_file() -> None:
    other = Sync(start=3, end=3, file=1)
    operations: list[Operation] = [
        *MADE,
        Link(start=1, end=1, name="other", file=1),
        write(2, 0, b"a"),
        other,
    ]
    assert {dict(state)["file"] for state in possible(operations, 9)} == {b"", b"a"}


def test_writes_are_torn_at_sectors() -> None:
    """Bytes 100 to 1123 are in three sectors."""
    operations: list[Operation] = [
        *MADE,
        write(2, 0, b"-" * 1200),
        sync(3),
        write(4, 100, b"x" * 1024),
    ]
    pieces = [(100, SECTOR), (SECTOR, 2 * SECTOR), (2 * SECTOR, 1124)]
    found = set()
    for content in contents(operations, 9):
        assert len(content) == 1200
        assert set(content[:100] + content[1124:]) == set(b"-")
        values = [set(content[start:end]) for start, end in pieces]
        assert all(len(value) == 1 for value in values)
        found.add(tuple(value == set(b"x") for value in values))
    assert len(found) == 8


def test_unwritten_ranges_are_zeros() -> None:
    operations: list[Operation] = [*MADE, write(2, 0, b"ab"), write(3, 2, b"c")]
    assert contents(operations, 9) == {b"", b"ab", b"\0\0c", b"abc"}


def test_unsynced_truncation_may_survive() -> None:
    cut = Truncate(start=4, end=4, file=FILE, size=1)
    operations: list[Operation] = [*MADE, write(2, 0, b"ab"), sync(3), cut]
    assert contents(operations, 9) == {b"a", b"ab"}
    assert contents([*operations, sync(5)], 9) == {b"a"}


def test_names_need_a_directory_sync() -> None:
    made: list[Operation] = [
        Link(start=0, end=0, name="file", file=FILE),
        write(1, 0, b"a"),
        sync(2),
    ]
    here, gone = frozenset({("file", b"a")}), frozenset[tuple[str, bytes]]()
    assert possible(made, 9) == {here, gone}
    assert possible([*made, SyncNames(start=3, end=3)], 9) == {here}
    removed: list[Operation] = [
        *made,
        SyncNames(start=3, end=3),
        Unlink(start=4, end=4, name="file"),
    ]
    assert possible(removed, 9) == {here, gone}
    assert possible([*removed, SyncNames(start=5, end=5)], 9) == {gone}


def test_renamed_file_may_lack_its_content() -> None:
    operations: list[Operation] = [
        *MADE,
        *(write(2, 0, b"old"), sync(3)),
        Link(start=4, end=4, name="new", file=1),
        Write(start=5, end=5, file=1, offset=0, data=b"new"),
        Link(start=6, end=6, name="file", file=1, instead="new"),
    ]
    assert contents(operations, 9) == {b"old", b"", b"new"}


@pytest.mark.parametrize("mood", MOODS)
def test_shared_memory_files_do_not_survive(mood: Mood) -> None:
    operations: list[Operation] = [
        Link(start=0, end=0, name="db-shm", file=FILE),
        *(write(1, 0, b"a"), sync(2)),
        SyncNames(start=3, end=3),
    ]
    states = possible(operations, 9, [mood])
    assert frozenset() in states
    assert all(dict(state).get("db-shm") != b"a" for state in states)
    assert len(states) > 100
