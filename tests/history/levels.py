"""Notification levels: a level stays until the user sets another one or joins the room again."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

import attrs

from .calls import Call, Part, entries_in
from .entries import Fact
from .findings import Report
from .membership import IN, Registers, whom
from .register import Register, all_of

LEVELS: Final = ("all", "mentions", "none")
FIRST: Final = "all"
"""The level of a new member. A user who is a member already keeps the old level."""


@attrs.define(eq=False)
class Levels(Part):
    """``registers``: by user, room and level, whether that level is set."""

    report: Report
    registers: dict[str, Registers] = attrs.field(
        factory=lambda: defaultdict(lambda: defaultdict(lambda: defaultdict(Register)))
    )

    def began(self, call: Call) -> None:
        for register, value in self._writes(call):
            register.began(value, call)

    def _writes(self, call: Call) -> Iterator[tuple[Register, bool]]:
        if call.method == "setNotifications":
            chosen = call.args["level"]
        elif call.method in IN:
            chosen = FIRST
        else:
            return
        for level in LEVELS:
            yield self.registers[whom(call)][call.room][level], level == chosen

    def fact(self, fact: Fact) -> None:
        if fact.what == "started":
            for rooms in self.registers.values():
                for register in all_of(rooms):
                    register.died(fact.at)

    def ended(self, call: Call) -> None:
        for register, value in self._writes(call):
            register.ended(value, call)
        if call.outcome == "ok":
            for entry in entries_in(call.seen):
                if "notifications" in entry:
                    self._is(call, entry["room"], entry["notifications"])

    def _is(self, call: Call, room: str, chosen: str) -> None:
        """Note that the level was ``chosen`` at some time during the call."""
        for level in LEVELS:
            register, value = self.registers[call.user][room][level], level == chosen
            position = register.against(value, call.start)
            if position is not None and (position >= 0 or level != FIRST):
                text = f"{call.user}'s level in {room} is {chosen}, and nobody chose that"
                known = (position,) if position >= 0 else ()
                self.report.add("undone", text, *known, call.begun)
                return
            register.show(value, call.start, call.end, call.begun)
