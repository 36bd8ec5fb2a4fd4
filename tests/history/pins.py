"""Pins: each stays as it was acknowledged or seen, until somebody takes it back."""

from collections.abc import Iterator

import attrs

from .calls import Call
from .entries import Json
from .findings import Report
from .register import Register, RegisterPart, Registers, all_of, registers

CALLS = {"pinMessage": True, "unpinMessage": False}
READS = ("getHistory", "getUnread", "subscribe")


@attrs.define(eq=False)
class Pins(RegisterPart):
    """``pinned``: by room and seq, as a text."""

    report: Report
    pinned: Registers = attrs.field(factory=registers)

    def writes(self, call: Call) -> Iterator[tuple[Register, bool]]:
        if call.method in CALLS:
            yield self.pinned[call.room][str(call.args["seq"])], CALLS[call.method]

    def registers(self) -> Iterator[Register]:
        return all_of(self.pinned)

    def ended(self, call: Call) -> None:
        RegisterPart.ended(self, call)
        if call.outcome != "ok":
            return
        if call.method in CALLS:
            self._is(call, call.room, call.args["seq"], CALLS[call.method])
        elif call.method in READS:
            for message in call.seen["messages"]:
                self._read(call, message)

    def _read(self, call: Call, message: Json) -> None:
        if not message.get("deleted"):  # a deleted message is not pinned
            self._is(call, message["room"], message["seq"], "pinnedBy" in message)

    def _is(self, call: Call, room: str, seq: int, value: bool) -> None:
        """Note that the message was pinned or not at some time during the call."""
        if not value and str(seq) not in self.pinned[room]:
            return  # nobody has ever asked for it
        if (position := self.pinned[room][str(seq)].observe(value, call)) is not None:
            what = "is" if value else "is not"
            text = f"{room} {seq} {what} pinned, and nothing can have made that so"
            self.report.add("undone", text, position, call.begun)
