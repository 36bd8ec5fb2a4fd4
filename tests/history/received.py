"""Events and pages of each session and room: in order, without gaps and duplicates."""

from array import array
from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise

import attrs

from .calls import Call, Part
from .entries import Json, Saw, user_of
from .findings import Kind, Report
from .log import Log
from .messages import RoomLog

LOG_EVENTS = ("newMessage", "messageChanged", "reactionsChanged")
"""Events that count in a room's rev."""
MISSING = 100_000
"""Missing numbers that a session remembers, to tell an inversion from a duplicate."""


@attrs.define
class RisingNumbers:
    """Checks that numbers rise by one."""

    last: int
    missing: set[int] = attrs.field(factory=set)

    def take(self, number: int) -> Kind | None:
        if number > self.last:
            kind: Kind | None = None if number == self.last + 1 else "gap"
            room = MISSING - len(self.missing)
            self.missing.update(range(self.last + 1, min(number, self.last + 1 + room)))
            self.last = number
            return kind
        if number in self.missing:
            self.missing.remove(number)
            return "inversion"
        return "duplicate"


@attrs.define
class Stream:
    """The numbers that a session was told about a room. ``revs`` is set after a recorded
    ``subscribe``; otherwise the start is unknown."""

    seqs: RisingNumbers | None = None
    revs: RisingNumbers | None = None


@attrs.frozen(eq=False)
class Page:
    """A page of a resume. ``told``: the seqs of its messages, with revs in ``(since, upto]``."""

    room: str
    since: int
    upto: int
    told: "array[int]"
    position: int


@attrs.define(eq=False)
class Received(Part):
    report: Report
    log: Log
    ears: dict[tuple[str, str], Stream] = attrs.field(factory=dict)
    pages: list[Page] = attrs.field(factory=list)

    # ---- subscribing

    def ended(self, call: Call) -> None:
        if call.outcome != "ok":
            return
        if call.method in ("unsubscribe", "leaveRoom"):
            self.ears.pop((call.process, call.room), None)
        elif call.method == "subscribe":
            self._subscribed(call)

    def _subscribed(self, call: Call) -> None:
        seen = call.seen
        ear = self.ears.setdefault((call.process, call.room), Stream())
        messages: Sequence[Json] = seen["messages"]
        key = "rev" if seen["recovered"] else "seq"
        numbers = [message[key] for message in messages]
        for one, other in pairwise(numbers):
            if other <= one:
                kind: Kind = "duplicate" if one == other else "inversion"
                text = f"{call.room}: a page of a resume has {key} {other} after {one}"
                self.report.add(kind, text, call.begun)
        if seen["recovered"]:
            self._resumed(call, messages)
        else:
            start = numbers or [seen["firstSeq"] - 1]
            self.log.skip(call, [*start, seen["headSeq"] + 1])
        if not seen["hasMore"]:
            ear.seqs, ear.revs = (
                _moved(ear.seqs, seen["headSeq"]),
                _moved(ear.revs, seen["headRev"]),
            )

    def _resumed(self, call: Call, messages: Sequence[Json]) -> None:
        since, upto = call.args["sinceRev"], call.seen["nextRev"]
        for message in messages:
            if not since < message["rev"] <= upto:
                text = f"{call.room}: rev {message['rev']} on a page from {since} to {upto}"
                self.report.add("duplicate", text, call.begun)
        told = array("q", (message["seq"] for message in messages))
        self.pages.append(Page(call.room, since, upto, told, call.begun))

    # ---- events

    def saw(self, position: int, saw: Saw) -> None:
        value = saw.value
        if saw.what == "memberChanged":
            if value["role"] is None and value["user"] == user_of(saw.process):
                self.ears.pop((saw.process, value["room"]), None)
            return
        if saw.what not in LOG_EVENTS:
            return
        ear = self.ears.setdefault((saw.process, value["room"]), Stream())
        kinds = dict[Kind, str]()
        if saw.what == "newMessage":
            if ear.seqs is None:
                ear.seqs = RisingNumbers(value["seq"])
            elif kind := ear.seqs.take(value["seq"]):
                kinds[kind] = f"seq {value['seq']}"
        if ear.revs is not None and (kind := ear.revs.take(value["rev"])):
            kinds[kind] = f"rev {value['rev']}"
        for kind, what in kinds.items():
            text = f"{saw.process} is told of {what} in {value['room']}, out of turn"
            self.report.add(kind, text, position)

    # ---- at the end

    def finish(self) -> None:
        """Check that each page has all messages whose last change lies in its range."""
        rooms = {page.room for page in self.pages}
        changed = {room: _last_changes(self.log.rooms[room]) for room in rooms}
        for page in self.pages:
            revs, seqs = changed[page.room]
            low, high = bisect_right(revs, page.since), bisect_right(revs, page.upto)
            told = set(page.told)
            first = self.log.rooms[page.room].first
            for seq, rev in zip(seqs[low:high], revs[low:high], strict=True):
                if seq not in told and seq >= first:
                    text = f"{page.room}: a page after {page.since} is without {seq} at rev {rev}"
                    self.report.add("gap", text, page.position)
                    break


def _moved(row: RisingNumbers | None, number: int) -> RisingNumbers:
    return RisingNumbers(number if row is None else max(row.last, number))


def _last_changes(room: RoomLog) -> "tuple[array[int], array[int]]":
    """Return the revs of all messages, ascending, and their seqs in the same order."""
    pairs = sorted((placed.versions()[-1].rev, seq) for seq, placed in room.placed.items())
    return array("q", (rev for rev, _ in pairs)), array("q", (seq for _, seq in pairs))
