"""The checker finds nothing in good histories."""

from collections import Counter

import pytest

from .checker import check
from .entries import FINAL, Begin, End, Entry, Fact, Saw
from .people import history
from .retention import SET as SET_RETENTION

SEEDS = range(60)
UNDONE = 300


@pytest.mark.parametrize("seed", SEEDS)
def test_good_history_has_no_findings(seed: int) -> None:
    assert check(history(seed)) == []


@pytest.mark.parametrize("seed", SEEDS)
def test_good_history_with_a_restore_has_no_findings(seed: int) -> None:
    assert check(history(seed, undone=UNDONE)) == []


def test_histories_cover_all_calls_and_events() -> None:
    histories = [history(seed) for seed in SEEDS]
    entries = [entry for entries in histories for entry in entries]
    calls = Counter(entry.call for entry in entries if isinstance(entry, Begin))
    assert calls.pop(SET_RETENTION) >= 20  # where messages are removed, which is seldom
    assert min(calls.values()) >= len(SEEDS), calls
    outcomes = Counter(entry.outcome for entry in entries if isinstance(entry, End))
    assert min(outcomes[outcome] for outcome in ("ok", "fail", "info")) > 20 * len(SEEDS)
    seen = [entry.seen for entry in entries if isinstance(entry, End) and entry.outcome == "ok"]
    assert sum(bool(reply.get("duplicate")) for reply in seen) > len(SEEDS)
    assert sum(bool(reply.get("recovered")) for reply in seen) > len(SEEDS)
    assert sum(bool(reply.get("hasMore")) for reply in seen) > 10
    assert sum(reply.get("firstSeq", 1) > 1 for reply in seen) > len(SEEDS), "pruned"
    events = Counter(entry.what for entry in entries if isinstance(entry, Saw))
    assert min(events.values()) > 5 * len(SEEDS), events
    crashes = sum(isinstance(entry, Fact) and entry.what == "killed" for entry in entries)
    assert crashes > len(SEEDS)


def test_history_is_reproducible() -> None:
    one, other = history(7), history(7)
    assert one == other
    assert one != history(8)


def test_recording_without_final_reading_is_an_error() -> None:
    entries: list[Entry] = [e for e in history(1) if e != Fact(FINAL, e.at, {})]
    with pytest.raises(ValueError, match="in the end"):
        check(entries)
