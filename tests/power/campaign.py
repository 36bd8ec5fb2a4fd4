"""Many power cuts in one recording: at which lines, and what each leaves and costs."""

import random
import shutil
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal, TypeAlias, get_args

import attrs

from .disk import MOODS, Disk, Drops, Mood
from .observations import Ledger
from .operations import Link, Sent, Sync, SyncNames, Truncate, Unlink, Write
from .recording import DIRECT, ROOMS, Recording
from .verification import Examiner

Place: TypeAlias = Literal["sync", "told", "checkpoint", "wal reset", "names", "start", "any"]
SHARES: Final[dict[Place, float]] = {
    "sync": 0.26,
    "told": 0.26,
    "checkpoint": 0.14,
    "wal reset": 0.12,
    "names": 0.06,
    "start": 0.06,
}
"""Of all points; the rest is anywhere."""


@attrs.frozen(order=True)
class Point:
    """The power goes before that line of the trace."""

    line: int
    place: Place
    mood: Mood
    seed: str


@attrs.frozen
class Cut:
    """What came of it; ``told`` is the number of facts that had been acknowledged."""

    point: Point
    told: int
    problems: Sequence[str]


def points(recording: Recording, count: int, seed: int) -> list[Point]:
    """In the order of lines; the same for the same recording, count and seed."""
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
    """Where the power may go: right before and right after what each kind of place is about."""
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
                pass  # no place of its own
            case Truncate():
                lines["wal reset"] += around
            case Link() | Unlink():
                lines["names"] += around
        lines["any"] += around
        if any(step.start in start for start in starts):
            lines["start"] += around
    return lines


def _starts(recording: Recording) -> list[range]:
    """Of each server the lines to the first sync after its first answer: what it found then, had
    better be synced when it begins to answer."""
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
    """Plays one recording forward, from point to point; the directory is made for each anew."""

    recording: Recording
    directory: Path
    drops: Drops | None = None
    ledger: Ledger = attrs.Factory(Ledger)
    examiner: Examiner = attrs.field(init=False)
    told: int = 0
    _disk: Disk = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.examiner = Examiner(self.recording.asked, (*ROOMS, DIRECT))
        self._disk = Disk(self.recording.operations, self.drops)

    def lay_out(self, point: Point) -> None:
        """What that power cut leaves; points come in the order of their lines."""
        facts = self.recording.facts
        while self.told < len(facts) and facts[self.told][0] < point.line:
            self.ledger.take(facts[self.told][1])
            self.told += 1
        self._disk.play(point.line)
        shutil.rmtree(self.directory, ignore_errors=True)
        self.directory.mkdir()
        dice = random.Random(point.seed)  # noqa: S311 - to be repeated
        for name, content in self._disk.cut(dice, point.mood).items():
            (self.directory / name).write_bytes(content)

    def cut(self, point: Point) -> Cut:
        self.lay_out(point)
        problems = self.examiner.problems(self.directory, self.ledger)
        return Cut(point, self.told, problems)


def summary(cuts: Sequence[Cut]) -> str:
    """For people: where and how often, and what it cost."""
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
