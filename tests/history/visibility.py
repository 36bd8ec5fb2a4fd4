"""Visibility of rooms: each stays as it was acknowledged or seen, across crashes, and no list shows
a private room to a non-member (I5)."""

from collections import defaultdict
from collections.abc import Iterator

import attrs

from .calls import Call
from .deletions import Deletions
from .entries import Saw
from .findings import Kind, Report
from .membership import pair
from .register import Register, RegisterPart

SHOWN = frozenset({"joinRoom", "createRoom", "subscribe", "setRoom"})
"""Calls whose replies have the room's visibility."""


@attrs.define(eq=False)
class Visibilities(RegisterPart):
    """``private``: by room. A room that does not exist yet counts as public."""

    report: Report
    deletions: Deletions
    private: dict[str, Register] = attrs.field(factory=lambda: defaultdict(Register))

    def writes(self, call: Call) -> Iterator[tuple[Register, bool]]:
        visibility = call.args.get("visibility")
        if call.method in ("createRoom", "setRoom") and visibility is not None:
            yield self.private[call.room], visibility == "private"

    def registers(self) -> Iterator[Register]:
        return iter(self.private.values())

    def ended(self, call: Call) -> None:
        RegisterPart.ended(self, call)
        if pair(call.room):
            return
        if call.outcome == "ok" and call.method in SHOWN:
            self._is(call, call.room, call.seen["visibility"] == "private", "undone")
        elif call.outcome == "ok" and call.method in ("getInbox", "markRead", "setNotifications"):
            for entry in call.seen.get("rooms", [call.seen]):
                if entry.get("kind") == "room":  # a mutation's entry tells only of counts
                    self._is(call, entry["room"], entry["visibility"] == "private", "undone")
        elif call.outcome == "ok" and call.method == "listRooms":
            for room in call.seen["rooms"]:
                kind: Kind = "undone" if room["member"] else "leak"
                self._is(call, room["room"], room["visibility"] == "private", kind)
                if not room["member"]:
                    self._is(call, room["room"], False, kind)
        elif (
            call.outcome == "fail"
            and call.method == "joinRoom"
            and call.seen["reason"] == "not_found"
            and call.args.get("create", True)
        ):
            self._is(call, call.room, True, "undone")

    def _is(self, call: Call, room: str, private: bool, kind: Kind) -> None:
        if (position := self.private[room].observe(private, call)) is not None:
            if self.deletions.explains(call, room):
                return
            what = "private" if private else "public"
            text = f"{room} is {what} for {call.user}, and nothing can have made that so"
            self.report.add(kind, text, position, call.begun)

    def saw(self, position: int, saw: Saw) -> None:
        if saw.what != "roomChanged":
            return
        room, private = saw.value["room"], saw.value["visibility"] == "private"
        if private and self.private[room].until(True) < 0:
            self.report.add("undone", f"{room} became private, and nobody wanted that", position)
