"""Who was in which private room when, and whether anybody else was shown what is in it (I5).

Somebody is surely out who has never been let in, or whose removal was acknowledged, with nothing
since its beginning that may have let them in again. What is sent after that is not for them.
"""

from collections import defaultdict
from collections.abc import Iterator

import attrs

from .calls import FOREVER, Call, Part, entries_in, messages_in, shown_by
from .entries import Saw, user_of
from .findings import Report
from .log import Log

IN = frozenset({"createRoom", "joinRoom", "invite"})
OUT = frozenset({"leaveRoom", "removeMember", "ban"})
READS = frozenset({"subscribe", "getHistory", "getUnread", "listMembers"})
NEVER = -1


@attrs.define
class Stay:
    """``joined``: the end of the last call that let them in, -1 without one, ``entered`` its start.
    ``under_way`` counts those without an end. ``left``: start and end of the removal since when
    they are out, and where it is. ``out``: the end of whatever may have removed them last.
    """

    joined: int = NEVER
    entered: int = NEVER
    under_way: int = 0
    out: int = NEVER
    left: tuple[int, int, int] = (NEVER, NEVER, NEVER)

    def out_since(self) -> int:
        """Since when they are surely out, -1: never in; FOREVER: they may be in."""
        if self.under_way:
            return FOREVER
        if self.joined == NEVER:
            return NEVER
        start, end, _ = self.left
        return end if self.joined < start else FOREVER


@attrs.define(eq=False)
class Membership(Part):
    report: Report
    log: Log
    private: set[str] = attrs.field(factory=set)
    stays: dict[tuple[str, str], Stay] = attrs.field(factory=lambda: defaultdict(Stay))

    def began(self, call: Call) -> None:
        if call.method == "createRoom" and call.args.get("visibility") == "private":
            self.private.add(call.room)
        if call.method in IN:
            self._stay(call).under_way += 1

    def _stay(self, call: Call) -> Stay:
        return self.stays[call.args.get("user", call.user), call.room]

    def ended(self, call: Call) -> None:
        if call.method in IN and call.outcome != "info":
            stay = self._stay(call)
            stay.under_way -= 1
            if call.outcome == "ok":
                stay.joined = max(stay.joined, call.end)
                stay.entered = max(stay.entered, call.start)
        elif call.method in OUT and call.outcome != "fail":
            stay = self._stay(call)
            stay.out = max(stay.out, call.end)
            # Else they were out already, or it is not known.
            if call.outcome == "ok" and stay.joined >= stay.left[0]:
                stay.left = call.start, call.end, call.begun
        elif call.method == "sendMessage" and call.outcome == "ok" and "to" in call.args:
            for user in (call.user, call.args["to"]):
                self.stays[user, call.room].entered = call.start
        elif call.outcome == "ok":
            self._check_reply(call)

    def surely_in(self) -> Iterator[tuple[str, str]]:
        """Users and rooms; of all rooms, as far as that is recorded."""
        return (key for key, stay in self.stays.items() if stay.entered > stay.out)

    def _check_reply(self, call: Call) -> None:
        """Of whoever was out when they asked, whatever it shows."""
        rooms = {shown["room"] for shown in (*messages_in(call.seen), *entries_in(call.seen))}
        for room in {*rooms, *((call.room,) if call.method in READS else ())}:
            if self._out_since(call.user, room) < call.start:
                self._leak(call.user, room, call.begun)

    def saw(self, position: int, saw: Saw) -> None:
        user = user_of(saw.process)
        for message in shown_by(saw):
            since = self._out_since(user, message["room"])
            if since == NEVER or since < self.log.starts(message):
                self._leak(user, message["room"], position)
        if saw.what == "unread" and self._out_since(user, saw.value["room"]) == NEVER:
            self._leak(user, saw.value["room"], position)

    def _out_since(self, user: str, room: str) -> int:
        if room.startswith("@"):
            return FOREVER if user in room[1:].split(":") else NEVER
        return self.stays[user, room].out_since() if room in self.private else FOREVER

    def _leak(self, user: str, room: str, position: int) -> None:
        left = self.stays[user, room].left[2]
        positions = (position,) if left < 0 else (left, position)
        self.report.add("leak", f"{user} is shown what is in {room}", *positions)
