"""Inboxes: cursors never go back, and counts agree with the log.

The head, cursor and count of an inbox entry are from one moment. So the expected count is known,
except for deletions in progress at that moment, which may count or not. In a deleted room, messages
that nobody has seen may count or not, too.
"""

from array import array
from bisect import bisect_right, insort
from collections import defaultdict
from collections.abc import Iterator

import attrs

from .calls import FOREVER, Call, Part, entries_in
from .entries import Json, Saw, user_of
from .findings import Report, Timeline
from .log import Log
from .messages import RoomLog


@attrs.frozen
class Shown:
    """An entry that was current at some time between ``start`` and ``end``. ``start`` is -1 for an
    event."""

    read: int
    head: int
    unread: int
    start: int
    end: int
    position: int


@attrs.define(eq=False)
class Inboxes(Part):
    """``shown``: by room and user, a flat array of the fields of :class:`Shown`."""

    report: Report
    log: Log
    cursors: dict[tuple[str, str], Timeline] = attrs.field(factory=lambda: defaultdict(Timeline))
    told: dict[tuple[str, str], tuple[int, int]] = attrs.field(factory=dict)
    shown: "dict[str, dict[str, array[int]]]" = attrs.field(
        factory=lambda: defaultdict(lambda: defaultdict(lambda: array("q")))
    )

    def ended(self, call: Call) -> None:
        if call.outcome != "ok":
            return
        seen = call.seen
        if call.method in ("joinRoom", "createRoom", "subscribe"):
            self._cursor(call, call.room, seen["readSeq"])
        for entry in entries_in(seen):
            room = entry["room"]
            known, position = self.log.rooms[room].acked_main.before(call.start)
            if entry["headSeq"] < known:
                text = f"{call.user}'s {room} ends at {entry['headSeq']} after {known} was there"
                self.report.add("unread_wrong", text, position, call.begun)
            self._cursor(call, room, entry["readSeq"])
            if call.method == "markRead" and "thread" not in call.args:
                self._cursor(call, room, entry["readSeq"], call.args["seq"])
            self._note(call.user, entry, call.start, call.end, call.begun)
        inbox = seen.get("inbox", seen)
        if "rooms" in inbox and "unread" in inbox and inbox["next"] is None:
            self._check_sum(call, inbox)

    def _cursor(self, call: Call, room: str, read: int, least: int = 0) -> None:
        """Check a cursor in a reply. ``least``: the seq that the call itself has set."""
        cursor = self.cursors[call.user, room]
        known, position = cursor.before(call.start)
        if read < max(known, least):
            text = f"{call.user}'s cursor in {room} is {read} after {max(known, least)}"
            self.report.add("cursor_back", text, position, call.begun)
        cursor.add(call.end, read, call.begun)

    def saw(self, position: int, saw: Saw) -> None:
        if saw.what != "unread":
            return
        entry, user = saw.value, user_of(saw.process)
        room, read = entry["room"], entry["readSeq"]
        last, where = self.told.get((saw.process, room), (0, position))
        if read < last:
            text = f"{saw.process} is told that {user}'s cursor in {room} is {read} after {last}"
            self.report.add("cursor_back", text, where, position)
        self.told[saw.process, room] = read, position
        self.cursors[user, room].add(saw.at, read, position)
        self._note(user, entry, -1, saw.at, position)

    def _note(self, user: str, entry: Json, start: int, end: int, position: int) -> None:
        fields = entry["readSeq"], entry["headSeq"], entry["unread"], start, end, position
        self.shown[entry["room"]][user].extend(fields)

    def _check_sum(self, call: Call, inbox: Json) -> None:
        if call.args.get("after") is None:
            for what in ("unread", "mentions"):
                total = sum(entry.get(what, 0) for entry in inbox["rooms"])
                if inbox.get(what, total) != total:
                    text = f"{call.user}'s {what} are {inbox[what]}, those of the rooms {total}"
                    self.report.add("unread_wrong", text, call.begun)

    # ---- at the end

    def finish(self) -> None:
        for name, by_user in self.shown.items():
            room = self.log.rooms[name]
            sent = defaultdict[str, list[int]](list)
            threaded = [s for s in sorted(room.placed) if room.placed[s].thread is not None]
            for seq in sorted(room.placed.keys() - threaded):
                sent[room.placed[seq].sender].append(seq)
            whole = self.log.is_read(name)
            deletions = list(_deletions(room, whole))
            shown = None if whole else sorted(room.placed)
            for user, fields in by_user.items():
                own = sent.get(user, [])
                others = [deletion for deletion in deletions if deletion.sender != user]
                self._check(name, user, list(_entries(fields)), own, others, shown, threaded)

    def _check(
        self,
        room: str,
        user: str,
        entries: list[Shown],
        own: list[int],
        deletions: list["Deletion"],
        shown: list[int] | None,
        threaded: list[int],
    ) -> None:
        """Check the entries of one user and room.

        :param own: the seqs of the user's messages, ascending.
        :param shown: the seqs of all messages that anybody has seen, ascending; None if the whole
            room was read.
        :param deletions: deletions of others' messages in the main log.
        :param threaded: the seqs of messages in threads, ascending.
        """
        surely = _counted(
            [(deletion.known, deletion.seq) for deletion in deletions],
            [(entry.start, entry.read) for entry in entries],
        )
        maybe = _counted(
            [(deletion.start, deletion.seq) for deletion in deletions],
            [(entry.end, entry.read) for entry in entries],
        )
        for entry, least, most in zip(entries, surely, maybe, strict=True):
            mine = bisect_right(own, entry.head) - bisect_right(own, entry.read)
            mine += bisect_right(threaded, max(entry.head, entry.read))
            mine -= bisect_right(threaded, entry.read)
            count = max(entry.head - entry.read, 0) - mine
            if shown is not None:
                most += max(entry.head - entry.read, 0)
                most -= bisect_right(shown, entry.head) - bisect_right(shown, entry.read)
            if not count - most <= entry.unread <= count - least:
                text = (
                    f"{user} has {entry.unread} unread in {room} from {entry.read} to {entry.head}"
                    f", of which {mine} are own or in threads and {least} deleted"
                )
                self.report.add("unread_wrong", text, entry.position)


@attrs.frozen
class Deletion:
    """A deletion that was requested at ``start``, and known to be done at ``known``."""

    seq: int
    sender: str
    start: int
    known: int


def _deletions(room: RoomLog, whole: bool) -> Iterator[Deletion]:
    """Yield the deletions that were seen or acknowledged; if the room was not read completely, also
    those that may have happened."""
    for seq, wishes in room.changes.items():
        placed = room.placed.get(seq)
        if placed is None or placed.thread is not None:
            continue
        known = next((version.at for version in placed.versions() if version.deleted), FOREVER)
        wish = wishes.get(hash(""))
        if wish is not None and (known < FOREVER or (wish.possible and not whole)):
            yield Deletion(seq, placed.sender, wish.start, known)


def _entries(fields: "array[int]") -> Iterator[Shown]:
    for index in range(0, len(fields), 6):
        yield Shown(*fields[index : index + 6])


def _counted(events: list[tuple[int, int]], asked: list[tuple[int, int]]) -> list[int]:
    """Return for each (time, seq) in ``asked`` the number of events before the time and above the
    seq."""
    counts = [0] * len(asked)
    seqs = list[int]()
    events = sorted(events)
    done = 0
    for index in sorted(range(len(asked)), key=lambda index: asked[index][0]):
        time, seq = asked[index]
        while done < len(events) and events[done][0] < time:
            insort(seqs, events[done][1])
            done += 1
        counts[index] = len(seqs) - bisect_right(seqs, seq)
    return counts
