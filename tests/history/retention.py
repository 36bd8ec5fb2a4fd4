"""Retention: a room loses no more than the operator has set, and what is gone stays gone.

An operator's setting is recorded as the operation ``setRetention``, with the number of messages
that the room keeps. Once the fact :data:`PRUNED` says that the server has had the time for it, the
room has no more than these.
"""

from collections import defaultdict
from typing import Final

import attrs

from .calls import Call, Part, messages_in
from .entries import FINAL, Fact
from .findings import Report, Timeline

SET: Final = "setRetention"
PRUNED: Final = "pruned"


@attrs.define(eq=False)
class Retention(Part):
    """``wanted``: by room, all numbers of messages that were perhaps set; ``kept``: the last that
    was. ``first``: the first seq that a page has shown to be kept.
    """

    report: Report
    wanted: dict[str, list[int]] = attrs.field(factory=lambda: defaultdict(list))
    kept: dict[str, int] = attrs.field(factory=dict)
    first: dict[str, Timeline] = attrs.field(factory=lambda: defaultdict(Timeline))
    pruned: bool = False
    final: bool = False

    def began(self, call: Call) -> None:
        if call.method == SET:
            self.wanted[call.room].append(call.args["messages"])

    def fact(self, fact: Fact) -> None:
        self.pruned = self.pruned or fact.what == PRUNED
        self.final = self.final or fact.what == FINAL

    def ended(self, call: Call) -> None:
        if call.outcome != "ok":
            return
        if call.method == SET:
            self.kept[call.room] = call.args["messages"]
            return
        for message in messages_in(call.seen):
            self._is_there(call, message["room"], message["seq"])
        if call.method == "getHistory":
            self._page(call, call.seen["firstSeq"], call.seen["headSeq"])

    def _is_there(self, call: Call, room: str, seq: int) -> None:
        known, position = self.first[room].before(call.start)
        if seq < known:
            text = f"{room} {seq} is there again after it was removed"
            self.report.add("retention_wrong", text, position, call.begun)

    def _page(self, call: Call, first: int, head: int) -> None:
        room = call.seen["room"]
        self._is_there(call, room, first)
        self.first[room].add(call.end, first, call.begun)
        least = min(self.wanted.get(room, ()), default=head)
        if first > 1 and head - first + 1 < least:
            text = f"{room} has {first} to {head}, and should keep {least} messages"
            self.report.add("retention_wrong", text, call.begun)
        most = self.kept.get(room, head)
        if self.final and self.pruned and head - first + 1 > most:
            text = f"{room} still has {first} to {head}, and should keep {most} messages"
            self.report.add("retention_wrong", text, call.begun)
