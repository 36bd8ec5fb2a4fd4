"""The rooms' logs, reconstructed from acknowledgements, replies and events.

Each reply and event is checked against what was known by then, and the whole log at the end by
:mod:`.whole`.
"""

from array import array
from collections import defaultdict
from collections.abc import Collection
from itertools import pairwise

import attrs

from .calls import Call, Part, messages_in, shown_by
from .deletions import Deletions
from .entries import FINAL, Fact, Json, Saw
from .findings import Kind, Report
from .messages import (
    EMPTY,
    LoggedMessage,
    RoomLog,
    Version,
    WriteRequest,
    hash_of,
    version_of,
)
from .whole import check_whole

CHANGES = ("editMessage", "deleteMessage")


@attrs.define(eq=False)
class Log(Part):
    """``sends``: by sender and clientId, which is unique across all rooms. ``erased``: people whose
    erasure was wanted, with which the clientIds of their messages go."""

    report: Report
    deletions: Deletions
    erased: Collection[str]
    rooms: dict[str, RoomLog] = attrs.field(factory=lambda: defaultdict(RoomLog))
    sends: dict[str, dict[str, WriteRequest]] = attrs.field(factory=lambda: defaultdict(dict))
    final: bool = False
    skipped: "list[tuple[str, array[int], int]]" = attrs.field(factory=list)

    # ---- requests

    def began(self, call: Call) -> None:
        if call.method == "sendMessage" or call.method in CHANGES:
            self._wish(call).open += 1

    def _wish(self, call: Call) -> WriteRequest:
        """Return the wish of which the call is an attempt."""
        room = self.rooms[call.room]
        text = hash_of(call.args["text"]) if "text" in call.args else EMPTY
        new = WriteRequest(call.room, text, call.start, call.begun)
        if call.method in CHANGES:
            return room.changes.setdefault(call.args["seq"], {}).setdefault(text, new)
        client_id = call.args.get("clientId")
        if client_id is None:
            return room.unnamed.setdefault((call.user, text), new)
        head = self.sends[call.user].setdefault(client_id, new)
        for wish in head.options():
            if (wish.room, wish.text) == (call.room, text):
                return wish
        new.other, head.other = head.other, new
        return new

    def wish_of(self, message: Json) -> WriteRequest | None:
        """Return the wish that resulted in a message, if the message identifies it."""
        if (client_id := message.get("clientId")) is not None:
            return self.sends[message["sender"]].get(client_id)
        return self.rooms[message["room"]].unnamed.get((message["sender"], hash(message["text"])))

    # ---- replies

    def ended(self, call: Call) -> None:
        if call.method == "sendMessage" or call.method in CHANGES:
            wish = self._wish(call)
            wish.settle(call)
            if call.outcome == "ok" and call.method == "sendMessage":
                self._sent(call, wish)
            elif call.outcome == "ok":
                self._changed(call, wish)
        elif call.outcome == "ok":
            self._read(call)

    def _sent(self, call: Call, wish: WriteRequest) -> None:
        seen, room = call.seen, self.rooms[call.seen["room"]]
        seq, client_id = seen["seq"], call.args.get("clientId")
        if call.seen["room"] != call.room:
            self.report.add("lost", f"acknowledged for {call.seen['room']}", call.begun)
        if client_id is not None and wish.seq not in (0, seq):
            text = f"one clientId was acknowledged as seq {wish.seq} and {seq}"
            self.report.add("duplicate", text, wish.begun, wish.ended, call.begun)
        version = Version(seen["rev"], wish.text, None, False, False, call.end, call.begun)
        placed = room.placed.get(seq)
        if placed is None:
            stamp = seen.get("timestamp")
            placed = self._place(room, seq, version, call.user, client_id, stamp, wish)
            placed.thread = call.args.get("thread")
        elif not placed.is_of(call.user, client_id, seen.get("timestamp")):
            text = f"{call.room} {seq} is acknowledged, and another's"
            kind: Kind = "duplicate" if placed.acked else "lost"
            self.report.add(kind, text, placed.position, call.begun)
        elif client_id is None and placed.acked:
            text = f"{call.room} {seq} is acknowledged for two messages"
            self.report.add("duplicate", text, placed.position, call.begun)
        else:
            self._compare(call.room, seq, placed, version)
        placed.acked, placed.wish = True, placed.wish or wish
        wish.seq = wish.seq or seq
        late, position = room.acked.before(call.start)
        if client_id is None and late >= seq:
            text = f"{call.room} {seq} was sent when {late} was acknowledged"
            self.report.add("real_time", text, position, call.begun)
        room.acked.add(call.end, seq, call.begun)
        if "thread" not in call.args:
            room.acked_main.add(call.end, seq, call.begun)

    def _changed(self, call: Call, wish: WriteRequest) -> None:
        placed = self.rooms[call.room].placed.get(seq := call.args["seq"])
        if placed is not None:
            deleted = call.method == "deleteMessage"
            version = Version(
                call.seen["rev"], wish.text, None, not deleted, deleted, call.end, call.begun
            )
            self._compare(call.room, seq, placed, version)

    # ---- events and pages

    def saw(self, position: int, saw: Saw) -> None:
        for message in shown_by(saw):
            self._show(message, saw.at, position)

    def fact(self, fact: Fact) -> None:
        self.final = self.final or fact.what == FINAL

    def _read(self, call: Call) -> None:
        seen = call.seen
        if call.method in ("getHistory", "subscribe"):
            name, head = seen["room"], seen["headSeq"]
            known, position = self.rooms[name].acked.before(call.start)
            if head < known:
                text = f"{name} is read up to {head} after {known} was acknowledged"
                self.report.add("stale", text, position, call.begun)
        if call.method in ("getHistory", "getUnread"):
            self._check_page(call)
        for message in messages_in(seen):
            placed = self._show(message, call.end, call.begun)
            self._check_fresh(message, placed, call)
            if self.final and call.method == "getHistory" and self._is_same(placed, message):
                placed.final = True
        if self.final and call.method == "getHistory":
            room = self.rooms[seen["room"]]
            room.first, room.head = seen["firstSeq"], max(room.head, seen["headSeq"])

    def _check_fresh(self, message: Json, placed: LoggedMessage, call: Call) -> None:
        if placed.known is not None:
            rev, position = placed.known.before(call.start)
            if message["rev"] < rev:
                text = f"{_name(message)} is read at rev {message['rev']} after {rev} was known"
                self.report.add("stale", text, position, call.begun)

    def _check_page(self, call: Call) -> None:
        """Check that the seqs of a page are contiguous, starting at its bound."""
        seen, args = call.seen, call.args
        seqs = [message["seq"] for message in seen["messages"]]
        first, head = seen["firstSeq"], seen["headSeq"]
        after, before = args.get("after"), args.get("before")
        if args.get("thread") is not None:
            self._check_rising(call, seqs)
            return
        if call.method == "getUnread" or "around" in args:
            pass
        elif after is not None:
            if (start := max(after + 1, first)) <= head:
                seqs = [start - 1, *(seqs or [head + 1])]
        elif (last := head if before is None else min(before - 1, head)) >= first:
            seqs = [*(seqs or [first - 1]), last + 1]
        self._check_rising(call, seqs)
        if args.get("whole"):
            for one, other in pairwise(seqs):
                if other > one + 1:
                    text = f"{seen['room']}: a page has {other} after {one}"
                    self.report.add("gap", text, call.begun)
        else:
            self.skip(call, seqs)

    def _check_rising(self, call: Call, seqs: list[int]) -> None:
        for one, other in pairwise(seqs):
            if other <= one:
                kind: Kind = "duplicate" if other == one else "inversion"
                text = f"{call.room}: a page has {other} after {one}"
                self.report.add(kind, text, call.begun)

    def skip(self, call: Call, seqs: list[int]) -> None:
        """Note the seqs that a page of the main log leaves out. They must be in threads."""
        gaps = [seq for one, other in pairwise(seqs) for seq in range(one + 1, other)]
        if gaps:
            self.skipped.append((call.room, array("q", gaps), call.begun))

    def _show(self, message: Json, at: int, position: int) -> LoggedMessage:
        room, seq = self.rooms[message["room"]], message["seq"]
        sender, client_id = message["sender"], message.get("clientId")
        names = message.get("mentions")
        if names or seq in room.mentions:
            newest = message["rev"], tuple(names or ())
            room.mentions[seq] = max(newest, room.mentions.get(seq, newest))
        version = version_of(message, at, position)
        placed = room.placed.get(seq)
        if placed is None:
            wish, stamp = self.wish_of(message), message.get("timestamp")
            placed = self._place(room, seq, version, sender, client_id, stamp, wish)
            placed.thread = message.get("thread")
            return placed
        if not self._is_same(placed, message):
            told = placed.full is None and placed.others is None
            self.report.add(
                "lost" if told else "divergent",
                f"{_name(message)} was another's before",
                placed.position,
                position,
            )
        else:
            self._compare(message["room"], seq, placed, version)
        return placed

    def _is_same(self, placed: LoggedMessage, shown: Json) -> bool:
        if shown.get("deleted") and shown["sender"] in self.erased and "clientId" not in shown:
            shown = shown | {"clientId": placed.client_id}
        return placed.is_shown(shown)

    def _place(
        self,
        room: RoomLog,
        seq: int,
        version: Version,
        sender: str,
        client_id: str | None,
        timestamp: int | None,
        wish: WriteRequest | None,
    ) -> LoggedMessage:
        if wish is not None and wish.text == version.text:
            version.text = wish.text  # share one object
        placed = room.placed[seq] = LoggedMessage(
            version.rev,
            version.text,
            version.full,
            version.edited,
            version.deleted,
            version.at,
            version.position,
            sender,
            client_id,
            timestamp,
            wish,
        )
        return placed

    def _compare(self, room: str, seq: int, placed: LoggedMessage, version: Version) -> None:
        was = placed.at_rev(version.rev)
        if was is None:
            placed.add(version)
            return
        both_shown = was.full is not None and version.full is not None
        if was.text != version.text or (both_shown and was.full != version.full):
            wishes = self.rooms[room].changes.get(seq, {})
            texts = was.text, version.text
            undone = any(
                placed.had(old, was.rev) and new in wishes for old, new in (texts, reversed(texts))
            )
            text = f"{room} {seq} at rev {version.rev} is not the same as it was"
            kind: Kind = "stale" if undone else "divergent"
            self.report.add(kind, text, was.position, version.position)
        if was.full is None and version.full is not None:
            was.show(version)

    # ---- at the end

    def starts(self, message: Json) -> int:
        """Return the earliest time at which the message can have had this state; -1: unknown."""
        if message.get("editedAt") is None and not message.get("deleted"):
            wish = self.wish_of(message)
        else:
            wishes = self.rooms[message["room"]].changes.get(message["seq"], {})
            wish = wishes.get(hash(message["text"]))
        return -1 if wish is None else wish.start

    def is_read(self, room: str) -> bool:
        """Return whether the room was read at the end. Only deleted rooms need not be."""
        return self.rooms[room].head > 0 or not self.deletions.may_be_gone(room)

    def finish(self) -> None:
        check_whole(self.rooms, self.is_read, self.report)
        for name, seqs, position in self.skipped:
            placed = self.rooms[name].placed
            wrong = [seq for seq in seqs if seq not in placed or placed[seq].thread is None]
            if wrong:
                self.report.add("gap", f"{name}: a page has no {wrong[0]}", position)


def _name(message: Json) -> str:
    return f"{message['room']} {message['seq']}"
