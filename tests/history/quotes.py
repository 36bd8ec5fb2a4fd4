"""What pages quote: each answered message that is not pruned, as it was at that time."""

from collections.abc import Iterator

import attrs

from .calls import Call, Part
from .entries import Json
from .findings import Report
from .log import Log

READS = ("getHistory", "getUnread", "subscribe")


@attrs.frozen
class Shown:
    """:ivar text: a hash; None if the text is cut."""

    room: str
    seq: int
    rev: int
    text: int | None
    deleted: bool
    position: int


@attrs.define(eq=False)
class Quotes(Part):
    report: Report
    log: Log
    shown: list[Shown] = attrs.field(factory=list)

    def ended(self, call: Call) -> None:
        if call.outcome != "ok" or call.method not in READS or "quoted" not in call.seen:
            return
        seqs = [each["seq"] for each in call.seen["quoted"]]
        first = call.seen["firstSeq"]
        answered = {message["replyTo"] for message in _replies(call.seen)}
        if seqs != sorted(seq for seq in answered if seq >= first):
            text = f"{call.room}: a page quotes {seqs}, but answered are {sorted(answered)}"
            self.report.add("gap", text, call.begun)
        for each in call.seen["quoted"]:
            self._note(call, each)

    def _note(self, call: Call, quoted: Json) -> None:
        seq, rev = quoted["seq"], quoted["rev"]
        text = None if quoted.get("truncated") else hash(quoted["text"])
        deleted = bool(quoted.get("deleted"))
        self.shown.append(Shown(call.room, seq, rev, text, deleted, call.begun))
        placed = self.log.rooms[call.room].placed.get(seq)
        if placed is not None:
            known, position = placed.rev, placed.position
            if placed.known is not None:
                known, position = placed.known.before(call.start)
            elif placed.at >= call.start:
                return
            if rev < known:
                where = f"{call.room} {seq} is quoted at rev {rev} after {known} was known"
                self.report.add("stale", where, position, call.begun)

    def finish(self) -> None:
        for each in self.shown:
            placed = self.log.rooms[each.room].placed.get(each.seq)
            version = None if placed is None else placed.at_rev(each.rev)
            if version is None or version.full is None:
                continue
            if (each.text, each.deleted) not in ((version.text, version.deleted), (None, False)):
                where = f"{each.room} {each.seq} is quoted at rev {each.rev} with another text"
                self.report.add("divergent", where, version.position, each.position)


def _replies(page: Json) -> Iterator[Json]:
    return (message for message in page["messages"] if "replyTo" in message)
