"""Threads: which messages pages have, what they say of the threads below, and what counts there."""

from array import array
from bisect import bisect_right
from collections import defaultdict
from typing import Final, TypeAlias

import attrs

from .calls import FOREVER, Call, Part
from .entries import Json, Saw, user_of
from .findings import Report, Timeline
from .log import Log
from .messages import LoggedMessage

PAGES: Final = ("getHistory", "getUnread", "subscribe")
NAMED: Final = 10
Key: TypeAlias = tuple[str, int]
"""A room and the root of a thread."""


@attrs.frozen
class Summary:
    room: str
    root: int
    count: int
    last: int
    users: tuple[str, ...]
    position: int


@attrs.frozen(eq=False)
class ThreadPage:
    """A page of a thread, which has all of its messages in ``(low, high]``."""

    room: str
    root: int
    low: int
    high: int
    seqs: "array[int]"
    position: int


@attrs.frozen
class Counted:
    """What somebody was told of a followed thread. ``last``: its last message; None: unknown."""

    user: str
    room: str
    root: int
    read: int
    unread: int
    last: int | None
    start: int
    end: int
    position: int


@attrs.define(eq=False)
class Threads(Part):
    """``acked``: by thread, the greatest acknowledged seq over time. ``cursors``: by user and
    thread, the cursor over time. ``listed``: by user, the unread messages of the final list.
    """

    report: Report
    log: Log
    summaries: list[Summary] = attrs.field(factory=list)
    pages: list[ThreadPage] = attrs.field(factory=list)
    counted: list[Counted] = attrs.field(factory=list)
    acked: dict[Key, Timeline] = attrs.field(factory=lambda: defaultdict(Timeline))
    cursors: dict[tuple[str, Key], Timeline] = attrs.field(factory=lambda: defaultdict(Timeline))
    listed: dict[str, int] = attrs.field(factory=dict)

    def ended(self, call: Call) -> None:
        if call.outcome != "ok":
            return
        if call.method == "sendMessage" and "thread" in call.args:
            self.acked[call.room, call.args["thread"]].add(call.end, call.seen["seq"], call.begun)
        elif call.method == "markRead" and "thread" in call.args:
            key = call.user, (call.room, call.args["thread"])
            self.cursors[key].add(call.end, call.args["seq"], call.begun)
        elif call.method in PAGES:
            self._page(call)
        elif call.method == "getThreads":
            for each in call.seen["threads"]:
                self._listed(call, each)
            whole = "room" not in call.args and "after" not in call.args
            if call.seen["next"] is None and whole and self.log.final:
                self.listed[call.user] = sum(each["unread"] for each in call.seen["threads"])
        elif call.method == "getInbox" and call.user in self.listed:
            unread, due = call.seen["threads"]["unread"], self.listed.pop(call.user)
            if unread != due:
                text = f"{call.user} has {unread} unread in threads, and the list says {due}"
                self.report.add("thread_wrong", text, call.begun)

    def saw(self, position: int, saw: Saw) -> None:
        if saw.what == "threadUnread" and saw.value["following"]:
            value, user = saw.value, user_of(saw.process)
            key = value["room"], value["thread"]
            told = value["readSeq"], value["unread"]
            self.counted.append(Counted(user, *key, *told, None, -1, saw.at, position))

    def _page(self, call: Call) -> None:
        seen, part = call.seen, call.args.get("thread")
        recovered = seen.get("recovered", False)
        if not recovered and not call.args.get("whole"):
            for message in seen["messages"]:
                if message.get("thread") != part:
                    text = f"{call.room}: a page has {message['seq']}, which is elsewhere"
                    self.report.add("thread_wrong", text, call.begun)
        if part is not None:
            self.pages.append(_page_of_thread(call))
        for each in seen.get("threads", ()):
            self._summary(call, each)

    def _summary(self, call: Call, each: Json) -> None:
        room, root, last = call.room, each["root"], each["lastSeq"]
        users = tuple(each["users"])
        self.summaries.append(Summary(room, root, each["count"], last, users, call.begun))
        known, position = self.acked[room, root].before(call.start)
        if last < known:
            text = f"{room}: the thread {root} ends at {last} after {known} was acknowledged"
            self.report.add("stale", text, position, call.begun)

    def _listed(self, call: Call, each: Json) -> None:
        key = each["room"], each["thread"]
        counts = each["readSeq"], each["unread"], each["lastSeq"]
        self.counted.append(Counted(call.user, *key, *counts, call.start, call.end, call.begun))
        known, position = self.cursors[call.user, key].before(call.start)
        if each["readSeq"] < known:
            text = f"{call.user}'s cursor in {key} is {each['readSeq']} after {known}"
            self.report.add("cursor_back", text, position, call.begun)

    # ---- at the end

    def finish(self) -> None:
        threads = {name: self._of_room(name) for name in list(self.log.rooms)}
        for page in self.pages:
            self._check_page(page, threads[page.room].get(page.root, []))
        for summary in self.summaries:
            self._check_summary(summary, threads[summary.room].get(summary.root, []))
        for counted in self.counted:
            if self.log.is_read(counted.room):
                self._check_count(counted, threads[counted.room].get(counted.root, []))

    def _of_room(self, name: str) -> dict[int, list[int]]:
        """Return the seqs of each thread, by root."""
        found = defaultdict[int, list[int]](list)
        for seq in sorted((room := self.log.rooms[name]).placed):
            if (root := room.placed[seq].thread) is not None:
                found[root].append(seq)
        return found

    def _check_page(self, page: ThreadPage, seqs: list[int]) -> None:
        due = seqs[bisect_right(seqs, page.low) : bisect_right(seqs, page.high)]
        if missing := sorted(set(due) - set(page.seqs)):
            text = f"{page.room}: a page of the thread {page.root} has no {missing[0]}"
            self.report.add("gap", text, page.position)

    def _check_summary(self, shown: Summary, seqs: list[int]) -> None:
        room = self.log.rooms[shown.room]
        there = seqs[: bisect_right(seqs, shown.last)]
        senders = dict.fromkeys(room.placed[seq].sender for seq in there)
        due = len(there), there[-1:] == [shown.last], tuple(senders)[:NAMED]
        if self.log.is_read(shown.room) and due != (shown.count, True, shown.users):
            text = (
                f"{shown.room}: the thread {shown.root} is shown as {shown}, its messages {there}"
            )
            self.report.add("thread_wrong", text, shown.position)

    def _check_count(self, told: Counted, seqs: list[int]) -> None:
        room = self.log.rooms[told.room]
        end = len(seqs) if told.last is None else bisect_right(seqs, told.last)
        above = [room.placed[seq] for seq in seqs[bisect_right(seqs, told.read) : end]]
        others = [message for message in above if message.sender != told.user]
        most = len(others)
        least = 0
        if told.last is not None:
            deleted = [_deleted_at(message) for message in others]
            most -= sum(at < told.start for at in deleted)
            least = sum(at == FOREVER for at in deleted)
        if not least <= told.unread <= most:
            text = f"{told.user} is told of {told.unread} unread in {told.room} {told.root}"
            self.report.add("thread_wrong", f"{text} above {told.read}", told.position)


def _page_of_thread(call: Call) -> ThreadPage:
    seen, args = call.seen, call.args
    seqs = array("q", (message["seq"] for message in seen["messages"]))
    low, high = seen["firstSeq"] - 1, seen["headSeq"]
    if (after := args.get("after")) is not None:
        low = max(low, after)
    elif seqs and seen["hasMoreBefore"]:
        low = seqs[0] - 1
    if (before := args.get("before")) is not None:
        high = min(high, before - 1)
    elif seqs and seen["hasMoreAfter"]:
        high = seqs[-1]
    return ThreadPage(call.room, args["thread"], low, high, seqs, call.begun)


def _deleted_at(message: LoggedMessage) -> int:
    """Return when a message was first known to be deleted."""
    return next((version.at for version in message.versions() if version.deleted), FOREVER)
