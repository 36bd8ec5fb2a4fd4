"""Tests of the checker: it finds what a faulty disk or server has lost."""

import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from .campaign import Campaign, Cut, Point, places, points, summary
from .disk import Drops
from .observations import FileSent, MessageState
from .planted import FAULTS, FILE_FAULTS
from .recording import Recording, record
from .settings import SEED

NEVER, SELDOM, FOUND = FAULTS
MESSAGE, MEMBERSHIP, ANYTHING = MessageState.__name__, "('den-", ""
FILE = FileSent.__name__


def lost(cuts: Sequence[Cut], what: str) -> list[str]:
    print(f"POWER_SEED={SEED}\n{summary(cuts)}")  # noqa: T201
    found = [problem for cut in cuts for problem in cut.problems]
    return [problem for problem in found if problem.startswith(f"lost: {what}")]


def news(recording: Recording) -> list[int]:
    """Return the lines that tell of a message for the first time.

    At most 21 messages are under way at once: five of each of four clients, and one with a file. So
    of 40 such lines the last ones tell of messages that were sent, and so written, after the first.
    Other facts may be told long after they were written: a client that comes back gets hundreds of
    them without a write.
    """
    told: dict[tuple[str, int], int] = {}
    for line, fact in recording.facts:
        if isinstance(fact, MessageState):
            told.setdefault((fact.room, fact.seq), line)
    return sorted(set(told.values()))


async def faulty(directory: Path, fault: str, people: Sequence[str]) -> Recording:
    once = fault != FOUND
    await record(directory, seed=SEED, messages=200, people=people, files=0, fault=fault, once=once)
    return read(directory)


def read(directory: Path) -> Recording:
    recording = Recording.read(directory)
    for trace in directory.glob("trace-*"):  # large, and pytest keeps the directories of tests
        trace.unlink()
    return recording


@pytest.mark.parametrize("fault", [NEVER, SELDOM])
async def test_checker_finds_a_server_that_does_not_sync(
    fault: str, tmp_path: Path, place: Path
) -> None:
    recording = await faulty(tmp_path, fault, ("alice", "bob", "carol"))
    campaign = Campaign(recording, place / "data")
    cuts = [campaign.cut(point) for point in points(recording, 40, SEED)]
    assert lost(cuts, MESSAGE)
    assert lost(cuts, MEMBERSHIP)


@pytest.mark.parametrize("fault", FILE_FAULTS)
async def test_checker_finds_a_file_that_is_not_synced(
    fault: str, tmp_path: Path, place: Path
) -> None:
    await record(tmp_path, seed=SEED, messages=0, people=(), files=1, fault=fault, once=True)
    recording = read(tmp_path)
    told = [line for line, fact in recording.facts if isinstance(fact, FileSent)]
    campaign = Campaign(recording, place / "data")
    cut = campaign.cut(Point(told[-1] + 1, "told", "nothing", ""))
    assert lost([cut], FILE)


async def test_checker_finds_replies_from_unsynced_data(tmp_path: Path, place: Path) -> None:
    """The first server was killed between write and sync. The first replies of the second one, such
    as a duplicate or a read cursor, reveal what it found. It must have synced that."""
    recording = await faulty(tmp_path, FOUND, ("dave",))
    campaign = Campaign(recording, place / "data")
    _, second, third = recording.starts
    lines = sorted({line for line in places(recording)["start"] if second < line < third})
    assert lost([campaign.cut(Point(line, "start", "nothing", "")) for line in lines], ANYTHING)


@pytest.mark.parametrize("number", range(5))
def test_checker_finds_a_disk_that_loses_a_synced_write(
    recording: Recording, place: Path, number: int
) -> None:
    dice = random.Random(f"{SEED} {number}")  # noqa: S311 - to be repeated
    found = places(recording)
    told = news(recording)
    # After a checkpoint the database has the content of the WAL, so losing the WAL is harmless.
    harmless = [*found["checkpoint"], *found["wal reset"]]
    at = dice.choice(
        [
            at
            for at in range(len(told) // 3, len(told) - 40)
            if not any(told[at] <= line <= told[at + 40] for line in harmless)
        ]
    )
    drops = Drops("chatroom.db-wal", told[at])
    campaign = Campaign(recording, place / "data", drops)
    cuts = [campaign.cut(Point(line, "told", "nothing", "")) for line in told[at + 4 : at + 40 : 4]]
    assert drops.dropped is not None
    assert lost(cuts, MESSAGE)
