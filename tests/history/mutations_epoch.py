"""Mutations of epochs and cursors, in histories with a restored copy."""

from typing import Final

from .altered import Altered, Finished, Mutations
from .cursors import PUT_BACK, STARTED
from .entries import End, Fact, Saw

EPOCH: Final = Mutations()


@EPOCH.of("epoch")
def unknown_epoch(run: Altered) -> None:
    _, saw = run.pick(run.events("newMessage"))
    saw.value["epoch"] = "another"


@EPOCH.of("epoch")
def epoch_outlives_a_start(run: Altered) -> None:
    """Events have the epoch of the previous start."""
    starts = [i for i, e in enumerate(run.entries) if isinstance(e, Fact) and e.what == STARTED]
    start = run.pick(starts)
    told = [
        entry.value if isinstance(entry, Saw) else entry.seen
        for entry in run.entries
        if isinstance(entry, End | Saw)
    ]
    before = [_epoch(entry) for entry in run.entries[:start]]
    after = [_epoch(entry) for entry in run.entries[start:]]
    old = run.pick(sorted(set(filter(None, before))))
    new = run.pick(sorted(set(filter(None, after)) - set(before)))
    for value in told:
        if value.get("epoch") == new:
            value["epoch"] = old


def _epoch(entry: object) -> str | None:
    if isinstance(entry, Saw):
        return entry.value.get("epoch")
    return entry.seen.get("epoch") if isinstance(entry, End) else None


@EPOCH.of("epoch")
def valid_cursor_is_refused(run: Altered) -> None:
    done = run.pick(d for d in _resumes(run) if d.seen["recovered"])
    done.seen.update(recovered=False, reason="epoch_changed")


@EPOCH.of("epoch")
def cursor_of_undone_history_is_accepted(run: Altered) -> None:
    at = next(i for i, e in enumerate(run.entries) if isinstance(e, Fact) and e.what == PUT_BACK)
    done = run.pick(
        d for d in _resumes(run) if d.first > at and d.seen.get("reason") == "epoch_changed"
    )
    del done.seen["reason"]
    done.seen.update(recovered=True, messages=[])


def _resumes(run: Altered) -> list[Finished]:
    return [done for done in run.calls("subscribe") if "sinceRev" in done.args]
