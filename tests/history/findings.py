"""Findings of the checker, and small tools for its parts."""

from array import array
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Literal, TypeAlias, get_args

import attrs

from .entries import Begin, End, Entry

Kind: TypeAlias = Literal[
    "lost",
    "duplicate",
    "gap",
    "inversion",
    "divergent",
    "epoch",
    "phantom",
    "leak",
    "undone",
    "deleted_room",
    "succession",
    "unread_wrong",
    "reaction_wrong",
    "thread_wrong",
    "notification_wrong",
    "not_erased",
    "retention_wrong",
    "cursor_back",
    "real_time",
    "stale",
]
KINDS: tuple[Kind, ...] = get_args(Kind)
MOST = 20
"""Findings shown per kind, because a broken server causes one for each message."""


@attrs.frozen
class Finding:
    """A violation. ``entries``: those of the recording that prove it, operations with both."""

    kind: Kind
    text: str
    entries: tuple[Entry, ...]

    def __str__(self) -> str:
        return "\n    ".join([f"{self.kind}: {self.text}", *map(str, self.entries)])


@attrs.define
class Report:
    """Collects findings, with positions of entries until the whole recording has been read."""

    found: dict[Kind, list[tuple[str, tuple[int, ...]]]] = attrs.field(
        factory=lambda: defaultdict(list)
    )
    counts: Counter[Kind] = attrs.field(factory=Counter)

    def add(self, kind: Kind, text: str, *positions: int) -> None:
        """Add a finding. Negative positions are of no entry."""
        self.counts[kind] += 1
        if self.counts[kind] <= MOST:
            self.found[kind].append((text, tuple(p for p in positions if p >= 0)))

    def findings(self, recording: Iterable[Entry]) -> list[Finding]:
        """Read the recording again for the entries, and return the findings."""
        shown = _pick(
            recording, {p for all_of in self.found.values() for _, ps in all_of for p in ps}
        )
        findings = []
        for kind, all_of in self.found.items():
            for number, (text, positions) in enumerate(all_of, 1):
                if number == MOST and (more := self.counts[kind] - MOST):
                    text = f"{text} (and {more} more)"
                entries = (entry for p in sorted(set(positions)) for entry in shown[p])
                findings.append(Finding(kind, text, tuple(entries)))
        return findings


def _pick(recording: Iterable[Entry], wanted: set[int]) -> dict[int, list[Entry]]:
    """Return the entries at the positions. The start of an operation is returned with its end."""
    picked: dict[int, list[Entry]] = {}
    begun: dict[int, int] = {}
    if not wanted:
        return picked
    for position, entry in enumerate(recording):
        if position in wanted:
            picked[position] = [entry]
            if isinstance(entry, Begin):
                begun[entry.number] = position
        elif isinstance(entry, End) and entry.number in begun:
            picked[begun[entry.number]].append(entry)
    return picked


class Timeline:
    """The maximum of a number over time. Values must be added in order of time."""

    __slots__ = ("_positions", "_times", "_values")

    def __init__(self) -> None:
        self._times, self._values, self._positions = array("q"), array("q"), array("q")

    def add(self, at: int, value: int, position: int) -> None:
        if not self._values or value > self._values[-1]:
            self._times.append(at)
            self._values.append(value)
            self._positions.append(position)

    def before(self, at: int) -> tuple[int, int]:
        """Return the maximum before ``at`` and its position; (0, -1) if there is none."""
        index = bisect_left(self._times, at) - 1
        return (self._values[index], self._positions[index]) if index >= 0 else (0, -1)

    def first_above(self, value: int) -> int:
        """Return the time of the first value greater than ``value``, or a time after all others."""
        index = bisect_right(self._values, value)
        return self._times[index] if index < len(self._times) else 1 << 62
