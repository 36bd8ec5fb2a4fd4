"""Deletion of rooms by an operator: a room exists completely until then, and never again after it.

A deletion is recorded as the operation ``deleteRoom`` of an operator's process. Once it was
acknowledged, no call to the room succeeds, nothing shows it, and nobody creates or joins a room
with its name. An interrupted deletion was either done or not done, and all observations must agree
on which.
"""

from collections.abc import Iterable, Iterator
from typing import Final

import attrs

from .calls import Call, entries_in, messages_in
from .findings import Report
from .register import Register, RegisterPart

DELETE: Final = "deleteRoom"
MAKES: Final = frozenset({"joinRoom", "createRoom"})
"""Calls that are refused as ``conflict`` if the room was deleted. Others are ``not_found``."""
RETIRED: Final = ("joinRoom", "conflict")
"""A refusal that only a deletion causes."""
REASONS: Final = frozenset({"forbidden", "not_found", "banned", "conflict"})
"""Reasons that reveal the state of a room. Others have other causes, such as a full disk."""


@attrs.define(eq=False)
class Deletions(RegisterPart):
    """``gone``: by room, whether it is deleted, for rooms with a requested deletion. ``there``: the
    position at which a room was last shown before its deletion was requested.
    """

    report: Report
    gone: dict[str, Register] = attrs.field(factory=dict)
    there: dict[str, int] = attrs.field(factory=dict)

    # ---- for other parts

    def may_be_gone(self, room: str) -> bool:
        return room in self.gone and self.gone[room].until(True) >= 0

    def acknowledged(self, room: str, at: int) -> bool:
        """Return whether its deletion was acknowledged by a time."""
        return room in self.gone and self.gone[room].against(False, at) is not None

    def explains(self, call: Call, room: str) -> bool:
        """Return whether a deletion may explain that a member is shown as a non-member.

        If no deletion is in progress any more, this proves that it was done. While one is in
        progress, the room and the inboxes of its members change one after the other.
        """
        register = self.gone.get(room)
        if register is None or register.against(True, call.start) is not None:
            return False
        if not register.is_open:
            register.show(True, call.start, call.end, call.begun)
        return True

    # ---- entries

    def writes(self, call: Call) -> Iterator[tuple[Register, bool]]:
        if call.method == DELETE:
            yield self.gone.setdefault(call.room, Register()), True

    def registers(self) -> Iterable[Register]:
        return self.gone.values()

    def ended(self, call: Call) -> None:
        RegisterPart.ended(self, call)
        if call.method == DELETE:
            self._deleted(call)
        elif call.outcome == "ok":
            for room in {*_used(call), *_listed(call)}:
                self._is_there(call, room)
        elif call.outcome == "fail":
            self._check_refused(call, call.seen["reason"])

    def _deleted(self, call: Call) -> None:
        if call.outcome == "ok":
            self._is_there(call, call.room)
            self.gone[call.room].show(True, call.start, call.end, call.begun)
        elif call.outcome == "fail" and call.seen["reason"] == "not_found":
            explained = self.explains(call, call.room)
            if not explained and (position := self.there.get(call.room)) is not None:
                text = f"{call.room} is gone, and nobody deleted it"
                self.report.add("undone", text, position, call.begun)

    def _is_there(self, call: Call, room: str) -> None:
        """Note that the room existed at some time during the call."""
        if (register := self.gone.get(room)) is None:
            self.there[room] = call.begun
        elif (position := register.observe(False, call)) is not None:
            self.report.add("deleted_room", f"{room} is there again", position, call.begun)

    def _check_refused(self, call: Call, reason: str) -> None:
        if reason not in REASONS:
            return
        expected = "conflict" if call.method in MAKES else "not_found"
        if self.acknowledged(call.room, call.start):
            if reason != expected:
                text = f"{call.method} of {call.room}, which was deleted, is refused as {reason}"
                self.report.add("deleted_room", text, call.begun)
        elif (call.method, reason) == RETIRED and not self.explains(call, call.room):
            text = f"{call.room} is refused as deleted, and nobody deleted it"
            self.report.add("undone", text, call.begun)


def _used(call: Call) -> Iterator[str]:
    """Yield the room that has accepted the call. A retry does not count, since it is answered as
    long as its message is known."""
    if call.room and call.method != "unsubscribe" and not call.seen.get("duplicate"):
        yield call.room


def _listed(call: Call) -> Iterator[str]:
    inbox = call.seen.get("inbox", call.seen)
    for shown in (*inbox.get("rooms", ()), *entries_in(call.seen), *messages_in(call.seen)):
        yield shown["room"]
