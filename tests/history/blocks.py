"""Blocks between users: each stays as it was acknowledged or seen, across crashes. A blocked user
posts nothing new to the direct room."""

from collections.abc import Iterator

import attrs

from .calls import Call
from .findings import Report
from .membership import pair
from .register import Register, RegisterPart, Registers, all_of, registers

BLOCKS = {"blockUser": True, "unblockUser": False}
NEW = frozenset({"sendMessage", "editMessage"})


@attrs.define(eq=False)
class Blocks(RegisterPart):
    """``blocked``: by the blocking and the blocked user."""

    report: Report
    blocked: Registers = attrs.field(factory=registers)

    def may_block(self, user: str, other: str, start: int) -> bool:
        """Return whether ``user`` may have blocked ``other`` at some time after ``start``."""
        return self.blocked[user][other].against(True, start) is None

    def writes(self, call: Call) -> Iterator[tuple[Register, bool]]:
        if call.method in BLOCKS:
            yield self.blocked[call.user][call.args["user"]], BLOCKS[call.method]

    def registers(self) -> Iterator[Register]:
        return all_of(self.blocked)

    def ended(self, call: Call) -> None:
        RegisterPart.ended(self, call)
        done, people = call.outcome == "ok", pair(call.room)
        if call.method in BLOCKS and done:
            self._is(call, call.user, call.args["user"], BLOCKS[call.method])
        elif call.method == "listBlocked" and done and call.seen["next"] is None:
            listed = {user["name"] for user in call.seen["users"]}
            for other in {*listed, *self.blocked[call.user]}:
                self._is(call, call.user, other, other in listed)
        elif call.method in NEW and len(people) == 2 and call.user in people:
            other = people[people[0] == call.user]
            if done and not call.seen.get("duplicate"):
                self._is(call, other, call.user, False)
            elif call.method == "sendMessage" and call.seen.get("reason") == "forbidden":
                self._is(call, other, call.user, True)

    def _is(self, call: Call, user: str, other: str, value: bool) -> None:
        """Note that the block had this value at some time during the call."""
        if (position := self.blocked[user][other].observe(value, call)) is not None:
            what = "blocks" if value else "does not block"
            text = f"{user} {what} {other}, and nothing can have made that so"
            self.report.add("undone", text, position, call.begun)
