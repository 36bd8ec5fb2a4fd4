"""What a server takes: rows, bytes and objects, and what of them grows without end."""

import gc
import resource
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

import attrs

from chatroom.store.sqlite.startup import FILE

MEANT: Final = frozenset(
    {
        "users",  # names are never given again
        "retired",  # nor are those of rooms
        "audit",  # only appended to
        "incarnations",  # 9,000 starts are kept
        "room_incarnations",
    }
)
"""Tables that grow by few rows for each act or start, and are meant to."""
TOLERANCE: Final = 1.25


@attrs.frozen
class Sample:
    """``objects``: those that the garbage collector knows, after it has run. ``memory``: the bytes
    that the process has in memory. ``backups``: their bytes, with the files of people."""

    day: int
    rows: dict[str, int]
    bytes: int
    backups: int
    objects: int
    memory: int

    @property
    def messages(self) -> int:
        return self.rows["messages"]

    def __str__(self) -> str:
        sizes = (
            f"{getattr(self, name) / 1e6:6.1f} MB {name}" for name in ("bytes", "backups", "memory")
        )
        return f"{self.messages:6} messages, {', '.join(sizes)}, {self.objects} objects"


def sample(day: int, data: Path, backups: Path) -> Sample:
    gc.collect()
    path = data / FILE
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        listed = connection.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
            " AND rootpage > 0"
        ).fetchall()
        rows = {
            name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0]  # noqa: S608
            for (name,) in listed
        }
    objects = len(gc.get_objects())
    return Sample(day, rows, _size(data), _size(backups), objects, _resident())


def _resident() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def _size(directory: Path) -> int:
    return sum(each.stat().st_size for each in directory.rglob("*") if each.is_file())


def growing(samples: Sequence[Sample]) -> list[str]:
    """Return what is greater in the last third of the samples than in the middle one, by more than
    a quarter, and is not meant to be."""
    third = len(samples) // 3
    middle, last = samples[third : 2 * third], samples[-third:]
    found = [
        f"table {name}: {_peak(middle, name)} rows, then {_peak(last, name)}"
        for name in samples[-1].rows
        if name not in MEANT and _peak(last, name) > TOLERANCE * _peak(middle, name) + 20
    ]
    for what in ("bytes", "backups", "objects", "memory"):
        before, after = (max(getattr(each, what) for each in some) for some in (middle, last))
        if after > TOLERANCE * before:
            found.append(f"{what}: {before}, then {after}")
    return found


def _peak(samples: Sequence[Sample], table: str) -> int:
    return max(each.rows.get(table, 0) for each in samples)
