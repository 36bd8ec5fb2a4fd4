"""The audit of a room: it has each act that was acknowledged, and none that nobody did.

A mute or ban that was acknowledged holds, so that the audit has it: of that call, or of an earlier
one that made the same.
"""

from collections import defaultdict
from typing import Final, TypeAlias

import attrs

from .calls import Call, Part
from .findings import Report

ACTS: Final = frozenset({"mute", "unmute", "ban", "unban", "removeMember", "setRole"})
LASTING: Final = frozenset({"mute", "ban"})
"""Acts that are in the audit when they have been acknowledged."""

Act: TypeAlias = tuple[str, str]
"""The act, and to whom."""


@attrs.define(eq=False)
class Audits(Part):
    """``begun``: by room, who has begun an act, and where. ``done``: by room, when an act was first
    acknowledged, and where.
    """

    report: Report
    begun: dict[str, dict[tuple[Act, str], int]] = attrs.field(factory=lambda: defaultdict(dict))
    done: dict[str, dict[Act, tuple[int, int]]] = attrs.field(factory=lambda: defaultdict(dict))

    def began(self, call: Call) -> None:
        if call.method in ACTS:
            act = (call.method, call.args["user"])
            self.begun[call.room].setdefault((act, call.user), call.begun)

    def ended(self, call: Call) -> None:
        if call.outcome != "ok":
            return
        if call.method in LASTING:
            act = (call.method, call.args["user"])
            self.done[call.room].setdefault(act, (call.end, call.begun))
        elif call.method == "listAudit" and call.seen["next"] is None:
            self._check(call)

    def _check(self, call: Call) -> None:
        """Check a reply that has all entries of a room."""
        told = set()
        for entry in call.seen["entries"]:
            if entry["act"] not in ACTS or "by" not in entry:
                continue
            act = (entry["act"], entry["user"])
            told.add(act)
            if (act, entry["by"]) not in self.begun[call.room]:
                text = f"nobody did what the audit of {call.room} says: {entry}"
                self.report.add("phantom", text, call.begun)
        for act, (end, begun) in self.done[call.room].items():
            if end < call.start and act not in told:
                text = f"the audit of {call.room} lacks {' '.join(act)}"
                self.report.add("lost", text, begun, call.begun)
