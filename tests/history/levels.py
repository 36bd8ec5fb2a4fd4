"""Notification levels: a level stays until the user sets another one or joins the room again."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

import attrs

from .calls import Call, entries_in
from .findings import Report
from .membership import IN, whom
from .register import Register, RegisterPart, Registers, all_of, registers

LEVELS: Final = ("all", "mentions", "none")
FIRST: Final = "all"
"""The level of a new member. A user who is a member already keeps the old level."""


@attrs.define(eq=False)
class Levels(RegisterPart):
    """``levels``: by user, room and level, whether that level is set."""

    report: Report
    levels: dict[str, Registers] = attrs.field(factory=lambda: defaultdict(registers))

    def writes(self, call: Call) -> Iterator[tuple[Register, bool]]:
        if call.method == "setNotifications" or call.method in IN:
            chosen = call.args.get("level", FIRST)
            for level in LEVELS:
                yield self.levels[whom(call)][call.room][level], level == chosen

    def registers(self) -> Iterator[Register]:
        return (register for rooms in self.levels.values() for register in all_of(rooms))

    def ended(self, call: Call) -> None:
        RegisterPart.ended(self, call)
        if call.outcome == "ok":
            for entry in entries_in(call.seen):
                if "notifications" in entry:
                    self._is(call, entry["room"], entry["notifications"])

    def _is(self, call: Call, room: str, chosen: str) -> None:
        """Note that the level was ``chosen`` at some time during the call."""
        for level in LEVELS:
            register, value = self.levels[call.user][room][level], level == chosen
            position = register.against(value, call.start)
            if position is not None and (position >= 0 or level != FIRST):
                text = f"{call.user}'s level in {room} is {chosen}, and nobody chose that"
                self.report.add("undone", text, position, call.begun)
                return
            register.show(value, call.start, call.end, call.begun)
