"""Mutations of logs and acknowledgements. Those of the order in time: :mod:`.mutations_time`."""

from .altered import Altered, Finished, spoils
from .entries import Json


class LogMutations(Altered):
    # ---- lost

    @spoils("lost")
    def acknowledged_message_is_lost(self) -> None:
        done = self.pick(filter(self.kept, self.calls("sendMessage")))
        self.forget(done.seen["room"], done.seen["seq"])

    @spoils("lost")
    def last_message_is_lost(self) -> None:
        heads = {room: max(self.log(room)) for room in self.rooms()}
        done = self.pick(
            d for d in self.calls("sendMessage") if d.seen["seq"] == heads.get(d.seen["room"])
        )
        self.forget(done.seen["room"], done.seen["seq"])
        for page in self.pages(done.seen["room"]):
            page["headSeq"] -= 1

    @spoils("lost")
    def room_is_lost(self) -> None:
        room = self.pick(self.rooms())
        for done in self.calls("getHistory"):
            if done.first > self.final and done.args["room"] == room:
                self.refuse(done, "not_found")

    @spoils("lost")
    def acknowledged_seq_has_another_message(self) -> None:
        done = self.pick(self.sent())
        for message in self.shown(done.seen["room"], done.seen["seq"]):
            message["clientId"] = "another"

    @spoils("lost")
    def acknowledged_seq_has_another_message_at_the_end(self) -> None:
        done = self.pick(self.sent())
        message = self.log(done.seen["room"])[done.seen["seq"]]
        another = {**message, "clientId": "another", "timestamp": message["timestamp"] + 1}
        self.show_in_the_end(done.seen["room"], done.seen["seq"], another)

    @spoils("lost")
    def shown_message_is_lost(self) -> None:
        acked = {(done.seen["room"], done.seen["seq"]) for done in self.calls("sendMessage")}
        told = {(e.value["room"], e.value["seq"]) for _, e in self.events("newMessage")}
        room, seq = self.pick(
            (room, seq) for room, seq in sorted(told - acked) if seq in self.log(room)
        )
        self.forget(room, seq)

    # ---- duplicate

    @spoils("duplicate")
    def send_is_in_the_log_twice(self) -> None:
        room = self.pick(self.rooms())
        self.append(room, self.pick(m for m in self.log(room).values() if "clientId" in m))

    @spoils("duplicate")
    def send_without_id_is_in_the_log_twice(self) -> None:
        room, message = self.pick(
            (room, message)
            for room in self.rooms()
            for message in self.log(room).values()
            if "clientId" not in message and "editedAt" not in message and "deleted" not in message
        )
        attempts = [b for b in self.begun("sendMessage") if b.args["text"] == message["text"]]
        for _ in attempts:
            self.append(room, message)

    @spoils("duplicate")
    def send_is_in_two_rooms(self) -> None:
        room, other = self.pick((a, b) for a in self.rooms() for b in self.rooms() if a != b)
        self.append(other, self.pick(m for m in self.log(room).values() if "clientId" in m))

    @spoils("duplicate")
    def retry_is_acknowledged_with_another_seq(self) -> None:
        done = self.pick(self.sent())
        seen = {**done.seen, "seq": done.seen["seq"] + 1, "duplicate": True}
        self.ask(self.final - 1, done.begin.process, "sendMessage", done.args, seen)

    @spoils("duplicate")
    def seq_is_acknowledged_twice(self) -> None:
        sent = self.sent()
        one, other = self.pick(
            (a, b) for a in sent for b in sent if a.beside(b) and a.last < b.last
        )
        other.seen.update(seq=one.seen["seq"], rev=one.seen["rev"])

    # ---- divergent

    @spoils(
        "divergent",
        one_session_gets_another_text={"text": "another"},
        one_session_gets_another_sender={"sender": "dave"},
        one_session_gets_another_id={"clientId": "another"},
        one_session_gets_another_time={"timestamp": 1},
        one_session_gets_other_mentions={"mentions": ["dave"]},
    )
    def _one_session_gets(self, changes: Json) -> None:
        """Change a message in an event that another session has seen before."""
        seen = set[tuple[object, ...]]()
        told = list[Json]()
        for _, saw in self.events("newMessage"):
            key = saw.value["room"], saw.value["seq"], saw.value["rev"]
            if key in seen and {**saw.value, **changes} != saw.value:
                told.append(saw.value)
            seen.add(key)
        self.pick(told).update(changes)

    @spoils("divergent")
    def final_log_has_another_text(self) -> None:
        """The final log has another text than earlier events at the same rev."""
        told = {
            (saw.value["room"], saw.value["rev"])
            for _, saw in self.events("newMessage", "messageChanged")
        }
        message = self.pick(
            message
            for room in self.rooms()
            for message in self.log(room).values()
            if (room, message["rev"]) in told and not message.get("deleted")
        )
        altered = {**message, "text": f"at {message['rev']}"}
        self.show_in_the_end(message["room"], message["seq"], altered)

    # ---- phantom

    @spoils("phantom")
    def refused_message_is_in_the_log(self) -> None:
        tried = [begin.args.get("clientId") for begin in self.begun("sendMessage")]
        rooms = self.rooms()
        done = self.pick(
            done
            for done in self.calls("sendMessage", outcome="fail")
            if done.args.get("room") in rooms and tried.count(done.args.get("clientId", "")) == 1
        )
        # A call names uploads where a message describes files.
        message = {name: value for name, value in done.args.items() if name != "attachments"}
        self.append(done.args["room"], message | {"sender": done.user, "timestamp": 1})

    @spoils(
        "phantom",
        unsent_message_is_in_the_log={"clientId": "boo"},
        unsent_message_without_id_is_in_the_log={},
    )
    def _unsent_message_is_in_the_log(self, more: Json) -> None:
        message = {"sender": "bob", "text": "boo", "timestamp": 1}
        self.append(self.pick(self.rooms()), message | more)

    @spoils("phantom")
    def logged_message_was_refused(self) -> None:
        done = self.pick(self.sent())
        self.refuse(done, "forbidden")

    @spoils("phantom")
    def text_without_an_edit(self) -> None:
        done = self.pick(self.sent())
        for message in self.shown(done.seen["room"], done.seen["seq"]):
            if "editedAt" not in message and "deleted" not in message:
                message["text"] = "boo"

    @spoils("phantom")
    def refused_edit_is_in_the_log(self) -> None:
        done = self.pick(d for d in self.calls("editMessage") if self._shown_changed(d))
        self.refuse(done, "forbidden")

    @spoils("phantom")
    def deletion_without_a_call(self) -> None:
        done = self.pick(
            d
            for d in self.calls("deleteMessage")
            if self._shown_changed(d)
            and [b.args for b in self.begun("deleteMessage")].count(d.args) == 1
        )
        self.remove(done.first, done.last)

    def _shown_changed(self, done: Finished) -> bool:
        shown = self.shown(done.args["room"], done.args["seq"])
        return any(message["rev"] == done.seen["rev"] for message in shown)
