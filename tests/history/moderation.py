"""Mutes, and the role of moderator: each stays as it was acknowledged or seen, across crashes.

A mute holds until somebody takes it back, also after leaving and joining again. Mutes with an end
are not followed. A moderator remains so until leaving, being removed, getting another role, or
succeeding the last owner.
"""

from collections.abc import Iterator

import attrs

from .calls import Call
from .findings import Report
from .membership import IN, OUT, whole_members, whom
from .register import Register, RegisterPart, Registers, all_of, registers

MUTES = {"mute": True, "unmute": False}
WRITES = frozenset({"sendMessage", "editMessage"})


@attrs.define(eq=False)
class Mutes(RegisterPart):
    """``muted``: by room and user."""

    report: Report
    muted: Registers = attrs.field(factory=registers)

    def writes(self, call: Call) -> Iterator[tuple[Register, bool]]:
        if call.method in MUTES:
            yield self.muted[call.room][call.args["user"]], MUTES[call.method]

    def registers(self) -> Iterator[Register]:
        return all_of(self.muted)

    def ended(self, call: Call) -> None:
        RegisterPart.ended(self, call)
        if call.outcome == "fail":
            if call.method in WRITES and call.seen["reason"] == "muted":
                self._is(call, call.user, True)
        elif call.outcome == "ok":
            if call.method in MUTES:
                self._is(call, call.args["user"], MUTES[call.method])
            elif call.method == "subscribe":
                self._is(call, call.user, "muted" in call.seen)
            elif call.method in WRITES and not call.seen.get("duplicate"):
                self._is(call, call.user, False)

    def _is(self, call: Call, user: str, value: bool) -> None:
        """Note that a user was muted or not at some time during the call."""
        if not value and user not in self.muted[call.room]:
            return  # nobody has ever asked for it
        if (position := self.muted[call.room][user].observe(value, call)) is not None:
            what = "muted" if value else "not muted"
            text = f"{user} is {what} in {call.room}, and nothing can have made that so"
            self.report.add("undone", text, position, call.begun)


@attrs.define(eq=False)
class Moderators(RegisterPart):
    """``moderators``: by room and user, of those to whom somebody gave a role."""

    report: Report
    moderators: Registers = attrs.field(factory=registers)

    def writes(self, call: Call) -> Iterator[tuple[Register, bool]]:
        if call.method == "setRole":
            yield self.moderators[call.room][call.args["user"]], call.args["role"] == "moderator"
        elif call.method in IN:
            yield from self._known(call, whom(call))
        elif call.method in OUT:
            for user in self.moderators[call.room]:  # one of them may succeed the last owner
                yield from self._known(call, user)

    def _known(self, call: Call, user: str) -> Iterator[tuple[Register, bool]]:
        if user in self.moderators[call.room]:
            yield self.moderators[call.room][user], False

    def registers(self) -> Iterator[Register]:
        return all_of(self.moderators)

    def ended(self, call: Call) -> None:
        RegisterPart.ended(self, call)
        if call.outcome != "ok":
            return
        if call.method == "setRole":
            self._is(call, call.args["user"], call.args["role"])
        elif call.method in ("joinRoom", "subscribe") and "role" in call.seen:
            self._is(call, call.user, call.seen["role"])
        elif members := whole_members(call):
            for user, role in members.items():
                self._is(call, user, role)

    def _is(self, call: Call, user: str, role: str) -> None:
        """Note that a user had this role at some time during the call."""
        if user not in self.moderators[call.room]:
            return
        register = self.moderators[call.room][user]
        if (position := register.observe(role == "moderator", call)) is not None:
            text = f"{user} is {role} of {call.room}, and nothing can have made that so"
            self.report.add("undone", text, position, call.begun)
