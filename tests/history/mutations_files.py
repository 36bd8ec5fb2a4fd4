"""Mutations of files in messages."""

from .altered import OUTSIDER, PRIVATE, Altered, Finished, spoils
from .entries import Begin, Json
from .files import READ, WITH_MESSAGES
from .simulated import ATTIC


class FileMutations(Altered):
    def _deleted(self) -> set[tuple[str, int]]:
        return {(begin.args["room"], begin.args["seq"]) for begin in self.begun("deleteMessage")}

    def _with_files(self, *methods: str) -> list[tuple[Finished, Json]]:
        """Return messages with files in replies, with known files."""
        sent = {
            (done.seen["room"], done.seen["seq"])
            for done in self.calls("sendMessage")
            if "attachments" in done.args
        }
        return [
            (done, message)
            for done in self.calls(*methods)
            for message in done.seen.get("messages", ())
            if message.get("attachments") and (message["room"], message["seq"]) in sent
        ]

    @spoils("lost")
    def file_of_a_message_is_missing(self) -> None:
        deleted, pruned = self._deleted(), {room: min(self.log(room)) for room in self.rooms()}
        acked = {
            (sent.seen["room"], sent.seen["seq"]): sent.last for sent in self.calls("sendMessage")
        }
        done = self.pick(
            done
            for done in self.calls(READ)
            if done.user == "alice"
            and acked.get((done.args["room"], done.args["seq"]), done.last) < done.first
            and done.args["room"] not in (ATTIC, "yard")
            and (done.args["room"], done.args["seq"]) not in deleted
            and done.args["seq"] >= pruned[done.args["room"]]
        )
        self.refuse(done, "not_found")

    @spoils("divergent")
    def file_is_another_one(self) -> None:
        self.pick(self.calls(READ)).seen["digest"] = "another"

    @spoils("lost")
    def reference_is_lost_on_resume(self) -> None:
        _, message = self.pick(
            (done, message)
            for done, message in self._with_files("subscribe")
            if done.seen["recovered"]
        )
        del message["attachments"]

    @spoils("lost")
    def page_shows_one_file_less(self) -> None:
        _, message = self.pick(self._with_files(*WITH_MESSAGES))
        message["attachments"].pop()

    @spoils("lost")
    def event_is_without_its_file(self) -> None:
        sent = {
            (done.seen["room"], done.seen["seq"])
            for done in self.calls("sendMessage")
            if "attachments" in done.args
        }
        _, told = self.pick(
            (index, saw)
            for index, saw in self.events("newMessage")
            if saw.value.get("attachments") and (saw.value["room"], saw.value["seq"]) in sent
        )
        del told.value["attachments"]

    @spoils("leak")
    def file_is_shown_to_a_stranger(self) -> None:
        done = self.pick(done for done in self.calls(READ) if done.args["room"] == PRIVATE)
        self.ask(done.last, f"{OUTSIDER}#9", READ, done.args, done.seen)

    @spoils("leak")
    def file_is_readable_after_leaving(self) -> None:
        """Right after somebody has left, they read a file by the link that they had before."""
        ends = {done.begin.number: done.last for done in self.calls("invite")}
        invited = [
            (index, entry.args["user"], ends.get(entry.number, len(self.entries)))
            for index, entry in enumerate(self.entries)
            if isinstance(entry, Begin) and entry.call == "invite"
        ]
        left, read = self.pick(
            (left, read)
            for left in self.calls("leaveRoom", "removeMember")
            for read in self.calls(READ)
            if left.args["room"] == read.args["room"] == PRIVATE
            and read.last < left.first
            and not any(
                user == left.args.get("user", left.user) and first < left.last and last > left.first
                for first, user, last in invited
            )
        )
        user = left.args.get("user", left.user)
        self.ask(left.last, f"{user}#9", READ, read.args, read.seen)
