"""What grows without end is found."""

import attrs
import pytest

from .sampling import Sample, growing

FLAT = [
    Sample(day, {"messages": 900, "audit": day, "pins": 10}, 5 << 20, 9 << 20, 90_000, 80 << 20)
    for day in range(9)
]


@pytest.mark.parametrize(
    ("name", "grown", "found"),
    [
        ("rows", {"messages": 1200, "audit": 9, "pins": 10}, "table messages: 900 rows, then 1200"),
        ("rows", {"messages": 900, "audit": 9000, "pins": 20}, None),
        ("bytes", 7 << 20, "bytes: 5242880, then 7340032"),
        ("backups", 12 << 20, "backups: 9437184, then 12582912"),
        ("memory", 110 << 20, "memory: 83886080, then 115343360"),
        ("objects", 120_000, "objects: 90000, then 120000"),
    ],
)
def test_what_grows(name: str, grown: object, found: str | None) -> None:
    assert growing(FLAT) == []
    last = attrs.evolve(FLAT[-1], **{name: grown})  # type: ignore[arg-type]
    assert growing([*FLAT[:-1], last]) == ([] if found is None else [found])
