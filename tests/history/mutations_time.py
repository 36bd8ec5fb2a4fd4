"""Mutations of the order in time: stale replies, and seqs that contradict the order of sends."""

from .altered import Altered, Finished, spoils


class TimeMutations(Altered):
    # ---- real_time

    @spoils("real_time")
    def later_send_has_lower_seq(self) -> None:
        self._acknowledge_early([d for d in self.sent() if "clientId" in d.args])

    @spoils("real_time")
    def later_send_without_id_has_lower_seq(self) -> None:
        self._acknowledge_early([d for d in self.calls("sendMessage") if "clientId" not in d.args])

    @spoils("real_time")
    def later_retried_send_has_lower_seq(self) -> None:
        tried = [begin.args.get("clientId") for begin in self.begun("sendMessage")]
        again = [
            done
            for done in self.calls("sendMessage")
            if tried.count(done.args.get("clientId", "")) > 1 and done.seen["duplicate"]
        ]
        self._acknowledge_early(again)

    def _acknowledge_early(self, before: list[Finished]) -> None:
        """Acknowledge a send with a greater seq before the first attempt of one of these."""
        sent = self.sent()
        other, done = self.pick(
            (other, done)
            for other in before
            for done in sent
            if other.beside(done) and other.seen["seq"] < done.seen["seq"]
        )
        self.remove(done.first, done.last)
        first = next(
            i for i, e in enumerate(self.entries) if getattr(e, "args", None) == other.args
        )
        self.insert(first - 1, done.begin, done.end)

    # ---- stale

    @spoils("stale")
    def edit_is_undone(self) -> None:
        room, seq, older = self.pick(
            (room, seq, older)
            for room in self.rooms()
            for seq, message in self.log(room).items()
            for older in self.shown(room, seq)
            if "editedAt" in message and older["rev"] < message["rev"]
        )
        self.show_in_the_end(room, seq, older)

    @spoils("stale")
    def edit_is_undone_at_its_own_rev(self) -> None:
        edits = {(d.args["room"], d.args["seq"], d.args["text"]) for d in self.calls("editMessage")}
        room, seq, older = self.pick(
            (room, seq, older)
            for room in self.rooms()
            for seq, message in self.log(room).items()
            for older in self.shown(room, seq)
            if (room, seq, message["text"]) in edits
            and older["text"] not in ("", message["text"])
            and not message.get("deleted")
        )
        self.show_in_the_end(room, seq, {**self.log(room)[seq], "text": older["text"]})

    @spoils("stale")
    def deletion_is_undone(self) -> None:
        room, message = self.pick(
            (room, message)
            for room in self.rooms()
            for message in self.log(room).values()
            if message.get("deleted") and "clientId" in message  # not by an erasure
        )
        back = {**message, "text": "back", "rev": message["rev"] + 1000, "deleted": False}
        self.show_in_the_end(room, message["seq"], {**back, "editedAt": 1})

    @spoils("stale")
    def page_is_stale(self) -> None:
        acked = {(d.seen["room"], d.seen["seq"]): d.last for d in self.calls("sendMessage")}
        done = self.pick(
            d
            for d in self.calls("getHistory")
            if d.seen["messages"]
            and acked.get((d.args["room"], d.seen["headSeq"]), d.first) < d.first < self.final
        )
        done.seen["headSeq"] -= 1
        done.seen["messages"] = [
            m for m in done.seen["messages"] if m["seq"] <= done.seen["headSeq"]
        ]
