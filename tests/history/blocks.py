"""Blocks between users: each stays as it was acknowledged or seen, across crashes. A blocked user
posts nothing new to the direct room."""

from collections import defaultdict

import attrs

from .calls import Call, Part
from .entries import Fact
from .findings import Report
from .membership import Registers, pair
from .register import Register, all_of

BLOCKS = {"blockUser": True, "unblockUser": False}
NEW = frozenset({"sendMessage", "editMessage"})


@attrs.define(eq=False)
class Blocks(Part):
    """``blocked``: by the blocking and the blocked user."""

    report: Report
    blocked: Registers = attrs.field(factory=lambda: defaultdict(lambda: defaultdict(Register)))

    def may_block(self, user: str, other: str, start: int) -> bool:
        """Return whether ``user`` may have blocked ``other`` at some time after ``start``."""
        return self.blocked[user][other].against(True, start) is None

    def began(self, call: Call) -> None:
        if call.method in BLOCKS:
            register = self.blocked[call.user][call.args["user"]]
            register.began(BLOCKS[call.method], call)

    def fact(self, fact: Fact) -> None:
        if fact.what == "started":
            for register in all_of(self.blocked):
                register.died(fact.at)

    def ended(self, call: Call) -> None:
        if call.method in BLOCKS:
            register = self.blocked[call.user][call.args["user"]]
            register.ended(BLOCKS[call.method], call)
            if call.outcome == "ok":
                self._is(call, call.user, call.args["user"], BLOCKS[call.method])
        elif call.method == "listBlocked" and call.outcome == "ok" and call.seen["next"] is None:
            listed = {user["name"] for user in call.seen["users"]}
            for other in {*listed, *self.blocked[call.user]}:
                self._is(call, call.user, other, other in listed)
        elif call.method in NEW and len(people := pair(call.room)) == 2 and call.user in people:
            other = people[people[0] == call.user]
            if call.outcome == "ok" and not call.seen.get("duplicate"):
                self._is(call, other, call.user, False)
            elif call.method == "sendMessage" and call.seen.get("reason") == "forbidden":
                self._is(call, other, call.user, True)

    def _is(self, call: Call, user: str, other: str, value: bool) -> None:
        """Note that the block had this value at some time during the call."""
        register = self.blocked[user][other]
        if (position := register.against(value, call.start)) is not None:
            what = "blocks" if value else "does not block"
            text = f"{user} {what} {other}, and nothing can have made that so"
            known = (position,) if position >= 0 else ()
            self.report.add("undone", text, *known, call.begun)
            return
        register.show(value, call.start, call.end, call.begun)
