"""Mutations of notifications."""

from collections import Counter
from collections.abc import Iterator

from .altered import OUTSIDER, PRIVATE, Altered, Finished, spoils
from .cursors import STARTED
from .entries import Begin, Fact, Json, Saw, user_of
from .notifications import NOTIFIED
from .simulated import ATTIC, GRACE_NS, OWNER


class NotificationMutations(Altered):
    def _shown(self) -> list[tuple[int, Json]]:
        return [(index, saw.value["notification"]) for index, saw in self.events(NOTIFIED)]

    def _posts(self) -> Iterator[Finished]:
        return (done for done in self.calls("sendMessage") if "thread" not in done.args)

    def _attempts(self) -> Counter[tuple[str, object]]:
        """Return how often each message was sent."""
        sends = self.begun("sendMessage")
        return Counter((user_of(send.process), send.args.get("clientId")) for send in sends)

    def _notify(self, index: int, user: str, text: Json) -> None:
        self.insert(index, Saw(NOTIFIED, 0, f"{user}#device", {"notification": text}))

    def _is_certain(self, text: Json) -> bool:
        """Return whether nothing but a bug explains that the owner is not told of a message."""
        room, seq = text["room"], text["seq"]
        ends = {
            *("markRead", "setNotifications", "leaveRoom", "removeMember", "ban"),
            *("deleteMessage", "deleteMessagesOf"),
        }
        return room != ATTIC and not any(
            isinstance(entry, Begin)
            and (
                (
                    entry.call in ends
                    and entry.args["room"] == room
                    and entry.args.get("seq", seq) >= seq
                )
                or (entry.call == "blockUser" and entry.args["user"] == text["sender"])
            )
            for entry in self.entries
        )

    @spoils("notification_wrong")
    def notification_is_dropped(self) -> None:
        acked = {(done.seen["room"], done.seen["seq"]) for done in self._posts()}
        lost = self.pick(
            text
            for _, text in self._shown()
            if (text["room"], text["seq"]) in acked and self._is_certain(text)
        )
        told = {index for index, text in self._shown() if text["id"] == lost["id"]}
        self.entries = [e for index, e in enumerate(self.entries) if index not in told]

    @spoils("notification_wrong")
    def notification_is_doubled(self) -> None:
        acked = {(done.seen["room"], done.seen["seq"]): done for done in self._posts()}
        attempts = self._attempts()
        starts = [
            i for i, e in enumerate(self.entries) if isinstance(e, Fact) and e.what == STARTED
        ]
        index, text = self.pick(
            (index, text)
            for index, text in self._shown()
            if (post := acked.get((text["room"], text["seq"]))) is not None
            and attempts[post.key] == 1
            and not any(post.first < start < index for start in starts)
        )
        self._notify(index, OWNER, text)

    @spoils("notification_wrong")
    def notification_has_another_id(self) -> None:
        _, text = self.pick(self._shown())
        text["id"] += "-2"

    @spoils("notification_wrong")
    def notification_of_an_own_message(self) -> None:
        post = self.pick(done for done in self._posts() if done.user == OWNER)
        room, seq = post.seen["room"], post.seen["seq"]
        text = {"id": f"{room}:{seq}:{OWNER}", "text": post.args["text"], "sender": OWNER}
        self._notify(post.last, OWNER, text | {"room": room, "seq": seq})

    @spoils("notification_wrong")
    def notification_of_no_message(self) -> None:
        index, text = self.pick((i, text) for i, text in self._shown() if text["room"] != ATTIC)
        seq = 1_000_000
        self._notify(index, OWNER, text | {"seq": seq, "id": f"{text['room']}:{seq}:{OWNER}"})

    @spoils("notification_wrong")
    def notification_with_a_made_up_text(self) -> None:
        acked = {(done.seen["room"], done.seen["seq"]) for done in self._posts()}
        self.pick(t for _, t in self._shown() if (t["room"], t["seq"]) in acked)["text"] += "!"

    @spoils("notification_wrong")
    def notification_of_what_was_read(self) -> None:
        """The owner reads a message right after it was acknowledged, and is notified later."""
        shown = {(text["room"], text["seq"]) for _, text in self._shown()}
        attempts = self._attempts()
        post = self.pick(
            done
            for done in self._posts()
            if (done.seen["room"], done.seen["seq"]) in shown
            and attempts[done.key] == 1
            and done.end.at < done.begin.at + GRACE_NS // 2
        )
        where = {"room": post.seen["room"], "seq": post.seen["seq"]}
        self.ask(post.last, f"{OWNER}#9", "markRead", where, {})

    @spoils("leak")
    def notification_of_a_strange_room(self) -> None:
        index, text = self.pick((i, text) for i, text in self._shown() if text["room"] == PRIVATE)
        id_ = f"{PRIVATE}:{text['seq']}:{OUTSIDER}"
        self._notify(index, OUTSIDER, text | {"id": id_})
