"""Mutations of inboxes: counts and read cursors."""

from .altered import Altered, spoils
from .entries import Json, user_of


class InboxMutations(Altered):
    # ---- unread_wrong

    @spoils("unread_wrong")
    def one_unread_too_many(self) -> None:
        self.pick(self.inbox_entries())[1]["unread"] += 1

    @spoils("unread_wrong")
    def one_unread_too_few(self) -> None:
        self.pick(e for _, e in self.inbox_entries() if e["unread"])["unread"] -= 1

    @spoils("unread_wrong")
    def own_messages_count_as_unread(self) -> None:
        done, entry, own = self.pick(
            (done, entry, own)
            for done, entry in self.inbox_entries()
            if (own := self._own_unread(done.user, entry))
        )
        entry["unread"] += own
        done.seen["unread"] += own

    def _own_unread(self, user: str, entry: Json) -> int:
        log = self.log(entry["room"]).values()
        return sum(m["sender"] == user and m["seq"] > entry["readSeq"] for m in log)

    @spoils("unread_wrong")
    def event_has_one_unread_too_many(self) -> None:
        deleted = [(begin.args["room"], begin.args["seq"]) for begin in self.begun("deleteMessage")]
        told = [
            e.value
            for _, e in self.events("unread")
            if not any(r == e.value["room"] and seq > e.value["readSeq"] for r, seq in deleted)
        ]
        self.pick(told)["unread"] += 1

    @spoils("unread_wrong")
    def reply_to_mark_read_counts_read_messages(self) -> None:
        entry = self.pick(d.seen for d in self.calls("markRead") if d.seen["unread"])
        entry["unread"] = entry["headSeq"] + 1

    @spoils("unread_wrong")
    def inbox_lacks_the_last_message(self) -> None:
        acked = {(d.seen["room"], d.seen["seq"]) for d in self.calls("sendMessage")}
        done, entry = self.pick(
            (done, entry)
            for done, entry in self.inbox_entries()
            if entry["unread"]
            and (entry["room"], entry["headSeq"]) in acked
            and self.log(entry["room"])[entry["headSeq"]]["sender"] != done.user
            and not self.log(entry["room"])[entry["headSeq"]].get("deleted")
        )
        for counts in (entry, done.seen):
            counts["unread"] -= 1
        entry["headSeq"] -= 1

    @spoils("unread_wrong")
    def inbox_total_is_wrong(self) -> None:
        self.pick(self.inboxes()).seen["unread"] += 1

    @spoils("unread_wrong")
    def one_mention_too_many(self) -> None:
        done, entry = self.pick(self.inbox_entries())
        for counts in (entry, done.seen):
            counts["mentions"] += 1

    @spoils("unread_wrong")
    def cursor_without_a_call(self) -> None:
        done, entry = self.pick(
            (d, e) for d, e in self.inbox_entries() if e["unread"] and e["room"] == "lobby"
        )
        for what in ("unread", "mentions"):
            done.seen[what] -= entry[what]
            entry[what] = 0
        entry["readSeq"] = entry["headSeq"]

    # ---- cursor_back

    @spoils("cursor_back")
    def cursor_is_lower_at_the_end(self) -> None:
        _, entry = self.pick(
            (done, entry)
            for done, entry in self.inbox_entries()
            for read in self.calls("markRead")
            if read.user == done.user
            and read.args["room"] == entry["room"]
            and read.seen["readSeq"] == entry["readSeq"]
        )
        entry["readSeq"] -= 1

    @spoils("cursor_back")
    def event_has_a_lower_cursor(self) -> None:
        one, other = self.pick(
            (self.entries[one], self.entries[other])
            for one, other in self.pairs("unread")
            if self.entries[one].value["readSeq"]  # type: ignore[union-attr]
        )
        other.value["readSeq"] = one.value["readSeq"] - 1  # type: ignore[union-attr]

    @spoils("cursor_back")
    def mark_read_does_not_move_the_cursor(self) -> None:
        done = self.pick(d for d in self.calls("markRead") if "thread" not in d.args)
        done.seen["readSeq"] = done.args["seq"] - 1

    @spoils("cursor_back")
    def joining_again_moves_the_cursor_back(self) -> None:
        visible = {d.args["room"]: d.seen["visibility"] for d in self.calls("subscribe")}
        done, room = self.pick(
            (done, room)
            for done in self.calls("markRead")
            if done.seen["readSeq"] and (room := done.args["room"]) in visible
        )
        joined = {
            "room": room,
            "visibility": visible[room],
            "readSeq": 0,
            "headSeq": done.seen["headSeq"],
        }
        self.ask(done.last, f"{user_of(done.begin.process)}#99", "joinRoom", {"room": room}, joined)
