"""Sends of one session to one room keep their order (I2), also if several are in progress."""

from array import array
from collections import defaultdict
from itertools import pairwise

import attrs

from .calls import Call, Part
from .findings import Report


@attrs.define(eq=False)
class Sending(Part):
    """``sent``: by session and room, a flat array of positions of sends and their seqs."""

    report: Report
    sent: "dict[tuple[str, str], array[int]]" = attrs.field(
        factory=lambda: defaultdict(lambda: array("q"))
    )

    def ended(self, call: Call) -> None:
        if call.method == "sendMessage" and call.outcome == "ok" and not call.seen["duplicate"]:
            self.sent[call.process, call.room].extend((call.begun, call.seen["seq"]))

    def finish(self) -> None:
        for (process, room), fields in self.sent.items():
            sends = sorted(zip(fields[::2], fields[1::2], strict=True))
            for (one, seq), (other, later) in pairwise(sends):
                if later < seq:
                    text = f"{process} sent what is {room} {later} after what is {seq}"
                    self.report.add("inversion", text, one, other)
