"""Epochs: each start of the server has its own, and a cursor is valid exactly if everything that
its client has seen still exists.

A recording may have the facts that the data directory was copied (``copied``, while no call is in
progress) and that the copy was restored later (``put back``, before a server starts on it). What
happened in between is undone, but clients still have cursors from that time.

On PostgreSQL an epoch is that of a run of PostgreSQL. Then the fact ``shared epochs`` comes first,
and only the cursors are checked.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Final

import attrs

from .calls import Call, Part
from .entries import Begin, End, Entry, Fact, Json, Saw
from .findings import Report

COPIED: Final = "copied"
PUT_BACK: Final = "put back"
STARTED: Final = "started"
SHARED_EPOCHS: Final = "shared epochs"


def undone(recording: Iterable[Entry]) -> list[range]:
    """Return the ranges of positions that were undone by restoring copies."""
    copied, found = 0, []
    for position, entry in enumerate(recording):
        match entry:
            case Fact(what=what) if what == COPIED:
                copied = position
            case Fact(what=what) if what == PUT_BACK:
                found.append(range(copied, position))
            case Begin() | End() | Saw() | Fact():
                pass  # other facts
    return found


@attrs.frozen
class Copy:
    """A copy of the data directory. ``revs`` are the head revs of its rooms. ``life`` is the start
    of the server during which it was made."""

    life: int
    revs: dict[str, int]


@attrs.define(eq=False)
class Cursors(Part):
    report: Report
    life: int = 0
    revs: dict[str, int] = attrs.field(factory=lambda: defaultdict(int))
    """The greatest known rev of each room, in the current history."""
    lives: dict[str, int] = attrs.field(factory=dict)
    """By session."""
    epochs: dict[str, tuple[int, int]] = attrs.field(factory=dict)
    """The life of each epoch, and the position at which it was first seen."""
    shared_epochs: bool = False
    copied: Copy | None = None
    put_back: list[tuple[int, Copy]] = attrs.field(factory=list)
    """The restored copies, each with the last life that it undid."""

    # ---- entries

    def began(self, call: Call) -> None:
        self.lives.setdefault(call.process, self.life)

    def ended(self, call: Call) -> None:
        if call.outcome != "ok":
            return
        if call.method == "subscribe" and call.args.get("sinceRev") is not None:
            self._resumed(call)
        self._shown(call.process, call.seen, call.begun)

    def saw(self, position: int, saw: Saw) -> None:
        self._shown(saw.process, saw.value, position)

    def fact(self, fact: Fact) -> None:
        if fact.what == COPIED:
            self.copied = Copy(self.life, dict(self.revs))
        elif fact.what == PUT_BACK and self.copied is not None:
            self.put_back.append((self.life, self.copied))
            self.revs = defaultdict(int, self.copied.revs)
        elif fact.what == STARTED:
            self.life += 1
        elif fact.what == SHARED_EPOCHS:
            self.shared_epochs = True

    # ---- checks

    def _shown(self, process: str, seen: Json, position: int) -> None:
        life = self.lives.setdefault(process, self.life)
        if "room" in seen and life == self.life:
            for name in ("rev", "headRev"):
                self.revs[seen["room"]] = max(self.revs[seen["room"]], seen.get(name, 0))
        if (epoch := seen.get("epoch")) is None:
            return
        of, first = self.epochs.setdefault(epoch, (life, position))
        if self.shared_epochs:
            return
        ours = next((other for other, (of, _) in self.epochs.items() if of == life), epoch)
        if of != life:
            self.report.add("epoch", f"{epoch} is the epoch of two lives", first, position)
        elif ours != epoch:
            text = f"{epoch} and {ours} are epochs of one life"
            self.report.add("epoch", text, self.epochs[ours][1], position)

    def _resumed(self, call: Call) -> None:
        epoch, rev = call.args.get("epoch"), call.args["sinceRev"]
        if epoch not in self.epochs:
            return
        lost = self._is_lost(self.epochs[epoch][0], call.room, rev)
        what = f"rev {rev} of {epoch} in {call.room}"
        if call.seen["recovered"] and lost:
            self.report.add("epoch", f"{what} is gone on from, and was undone", call.begun)
        elif call.seen.get("reason") == "epoch_changed" and not lost:
            self.report.add("epoch", f"{what} is still there, and is refused", call.begun)

    def _is_lost(self, life: int, room: str, rev: int) -> bool:
        return any(
            copy.life <= life <= last and (life > copy.life or rev > copy.revs.get(room, 0))
            for last, copy in self.put_back
        )
