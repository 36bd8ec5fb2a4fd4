"""Many power cuts in one recording: where they happen, what each leaves, and what is lost."""

import hashlib
import random
import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, Literal, TypeAlias, get_args

import attrs

from .disk import MOODS, Disk, Drops, Mood
from .observations import Ledger
from .operations import SHARED, Link, MakeDirectory, Sent, Sync, SyncNames, Truncate, Unlink, Write
from .recording import DIRECT, ROOMS, Recording
from .verification import Verifier

Place: TypeAlias = Literal["sync", "told", "checkpoint", "wal reset", "names", "start", "any"]
SHARES: Final[dict[Place, float]] = {
    "sync": 0.26,
    "told": 0.26,
    "checkpoint": 0.14,
    "wal reset": 0.12,
    "names": 0.06,
    "start": 0.06,
}
"""Shares of the points near each kind of place. The rest is anywhere."""


@attrs.frozen(order=True)
class Point:
    """A power cut right before a line of the trace."""

    line: int
    place: Place
    mood: Mood
    seed: str


@attrs.frozen
class Cut:
    """The result of a power cut. ``told`` is the number of facts acknowledged before it."""

    point: Point
    told: int
    problems: Sequence[str]


def points(recording: Recording, count: int, seed: int) -> list[Point]:
    """Choose ``count`` points, in the order of lines. They depend on recording, count and seed
    alone."""
    dice = random.Random(f"points {seed}")  # noqa: S311 - to be repeated
    lines = places(recording)
    chosen: list[Place] = [
        place for place, share in SHARES.items() for _ in range(round(count * share))
    ]
    chosen += ["any"] * (count - len(chosen))
    return sorted(
        Point(dice.choice(lines[place]), place, dice.choice(MOODS), f"{seed} {number}")
        for number, place in enumerate(chosen)
    )


def places(recording: Recording) -> dict[Place, list[int]]:
    """Return the lines right before and after the operations of each kind of place."""
    lines: dict[Place, list[int]] = {place: [] for place in get_args(Place)}
    told = {line for line, _ in recording.facts}
    database, wals, starts = recording.names["chatroom.db"], _wals(recording), _starts(recording)
    for step in recording.operations:
        last = min(step.end, recording.lines)
        around: tuple[int, ...] = (step.start, last, last + 1)
        match step:
            case Sync() | SyncNames():
                lines["sync"] += around
            case Sent() if step.start in told:
                around = (step.start, step.start + 1)
                lines["told"] += around
            case Sent():
                continue
            case Write(file=file) if file == database:
                lines["checkpoint"] += around
            case Write(file=file, offset=0) if file in wals:
                lines["wal reset"] += around
            case Write():
                pass  # not a place
            case Truncate():
                lines["wal reset"] += around
            case Link() | MakeDirectory() | Unlink():
                lines["names"] += around
        lines["any"] += around
        if any(step.start in start for start in starts):
            lines["start"] += around
    return lines


def _starts(recording: Recording) -> list[range]:
    """Return for each server the lines up to the first sync after its first reply. The data that it
    found at its start must be synced before it replies."""
    told = [line for line, _ in recording.facts]
    syncs = [step.start for step in recording.operations if isinstance(step, Sync)]
    answers = [next(line for line in told if line > start) for start in recording.starts]
    return [
        range(start, next((line for line in syncs if line > answer), recording.lines))
        for start, answer in zip(recording.starts, answers, strict=True)
    ]


def _wals(recording: Recording) -> set[int]:
    return {
        step.file
        for step in recording.operations
        if isinstance(step, Link) and step.name.endswith("-wal")
    }


@attrs.define(eq=False)
class Campaign:
    """Replays a recording from point to point, and lays out the directory for each."""

    recording: Recording
    directory: Path
    drops: Drops | None = None
    ledger: Ledger = attrs.Factory(Ledger)
    examiner: Verifier = attrs.field(init=False)
    told: int = 0
    _disk: Disk = attrs.field(init=False)
    _found: dict[tuple[int, bytes], Sequence[str]] = attrs.Factory(dict)
    """The problems by state: the number of facts told, and a digest of the files"""

    def __attrs_post_init__(self) -> None:
        self.examiner = Verifier(self.recording.asked, (*ROOMS, DIRECT))
        self._disk = Disk(self.recording.operations, self.drops)

    def lay_out(self, point: Point) -> None:
        """Write the files that the power cut leaves. Call it with points in order of lines."""
        self._write(self._left(point))

    def cut(self, point: Point) -> Cut:
        """Check what the power cut leaves. States that are equal on disk are checked once."""
        left = self._left(point)
        state = self.told, _digest(left)
        if state not in self._found:
            self._write(left)
            self._found[state] = self.examiner.problems(self.directory, self.ledger)
        return Cut(point, self.told, self._found[state])

    def _left(self, point: Point) -> dict[str, bytes]:
        facts = self.recording.facts
        while self.told < len(facts) and facts[self.told][0] < point.line:
            self.ledger.take(facts[self.told][1])
            self.told += 1
        self._disk.play(point.line)
        dice = random.Random(point.seed)  # noqa: S311 - to be repeated
        return self._disk.cut(dice, point.mood)

    def _write(self, left: Mapping[str, bytes]) -> None:
        shutil.rmtree(self.directory, ignore_errors=True)
        self.directory.mkdir()
        for name, content in left.items():
            path = self.directory / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


def _digest(left: Mapping[str, bytes]) -> bytes:
    """Return a digest of the files. Of those in shared memory only the names count, since their
    content is random."""
    digest = hashlib.sha256()
    for name, content in sorted(left.items()):
        random_content = name.endswith(SHARED)
        digest.update(f"{name}\0{0 if random_content else len(content)}\0".encode())
        digest.update(b"" if random_content else content)
    return digest.digest()


def summary(cuts: Sequence[Cut]) -> str:
    """Return a summary for people: places, counts and losses."""
    places = Counter(cut.point.place for cut in cuts)
    moods = Counter(cut.point.mood for cut in cuts)
    bad = [cut for cut in cuts if cut.problems]
    return "\n".join(
        [
            f"{len(cuts)} power cuts: {_counts(places)}",
            f"of what was not synced there survived: {_counts(moods)}",
            f"{len(bad)} of them did harm",
            *(f"{cut.point}: {len(cut.problems)} problems, {cut.problems[0]}" for cut in bad[:10]),
        ]
    )


def _counts(counter: Counter[Place] | Counter[Mood]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counter.items()))
