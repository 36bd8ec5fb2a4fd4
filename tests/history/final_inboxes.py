"""The inboxes read at the end: mentions are correct, and each cursor was set by some call."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping

import attrs

from .calls import Call, Part, entries_in
from .entries import Json
from .findings import Report
from .log import Log
from .membership import IN
from .messages import RoomLog

EVERYONE = "room"


@attrs.define(eq=False)
class FinalInboxes(Part):
    """``read``: by user, the entries by room with their positions. ``furthest``: by user and room,
    the highest seq to which the cursor may have been set; None: any.
    """

    report: Report
    log: Log
    read: dict[str, dict[str, tuple[Json, int]]] = attrs.field(factory=lambda: defaultdict(dict))
    furthest: dict[tuple[str, str], int | None] = attrs.field(factory=dict)

    def ended(self, call: Call) -> None:
        if call.outcome == "fail":
            return
        if call.method == "markRead" and "thread" in call.args:
            pass  # another cursor
        elif call.method == "markRead":
            self._may_be_at(call.user, call.room, call.args["seq"])
        elif call.method in IN:
            user = call.args.get("user", call.user)
            self._may_be_at(user, call.room, call.seen.get("readSeq"))
        elif call.method == "getInbox" and self.log.final:
            for entry in entries_in(call.seen):
                self.read[call.user][entry["room"]] = entry, call.begun

    def _may_be_at(self, user: str, room: str, seq: int | None) -> None:
        known = self.furthest.get((user, room), 0)
        self.furthest[user, room] = None if None in (seq, known) else max(seq or 0, known or 0)

    def finish(self) -> None:
        mentions = {name: _Mentions(room) for name, room in self.log.rooms.items()}
        for user, entries in self.read.items():
            for room, (entry, position) in entries.items():
                read, said = entry["readSeq"], entry.get("mentions")
                count = mentions[room].count(user, read) if room in mentions else 0
                if said is not None and said != count:
                    text = f"{user} has {said} mentions in {room} above {read}, not {count}"
                    self.report.add("unread_wrong", text, position)
                self._check_cursor(user, room, read, position)

    def _check_cursor(self, user: str, room: str, read: int, position: int) -> None:
        known = room.startswith("@") or (user, room) in self.furthest
        furthest = self.furthest.get((user, room), 0)
        pruned = self.log.rooms[room].first - 1 if room in self.log.rooms else 0
        if known and furthest is not None and read > max(furthest, pruned):
            text = f"{user}'s cursor in {room} is {read}, and was put no further than {furthest}"
            self.report.add("unread_wrong", text, position)


class _Mentions:
    """The mentions of a room: the seqs at which users, and all members, are mentioned."""

    def __init__(self, room: RoomLog) -> None:
        self.named = defaultdict[str, list[int]](list)
        self.everyone = list[int]()
        self.everyone_by = defaultdict[str, list[int]](list)
        for seq in sorted(room.mentions):
            _, names = room.mentions[seq]
            if room.placed[seq].thread is not None:
                continue
            sender = room.placed[seq].sender
            if EVERYONE in names:
                self.everyone.append(seq)
                self.everyone_by[sender].append(seq)
                continue
            for name in set(names) - {sender}:
                self.named[name].append(seq)

    def count(self, user: str, read: int) -> int:
        own = _above(self.everyone_by, user, read)
        everyone = len(self.everyone) - bisect_right(self.everyone, read)
        return _above(self.named, user, read) + everyone - own


def _above(seqs: Mapping[str, list[int]], user: str, read: int) -> int:
    found = seqs.get(user, [])
    return len(found) - bisect_right(found, read)
