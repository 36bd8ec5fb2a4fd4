"""Notifications: a device is told of each message that its owner has not read, with the message's
id, once in the life of the server in which it was sent, and of nothing else.

A device is recorded as a process of its owner. What it decrypts is the event ``notified``, with the
notification in ``notification``. The fact ``notifies`` has the grace time in ``graceMs``.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

import attrs

from .calls import Call, Part
from .cursors import STARTED
from .deletions import Deletions
from .entries import Fact, Json, Saw, user_of
from .findings import Report
from .log import Log
from .membership import IN, OUT, Membership, pair, whom

NOTIFIED: Final = "notified"
NOTIFIES: Final = "notifies"
CHARS: Final = 200
"""Characters of a text that a notification shows."""
ROUNDING_NS: Final = 2_000_000
"""The server compares times in whole ms."""


@attrs.frozen
class Post:
    """An acknowledged message of the main log, sent not before ``start``."""

    sender: str
    text: str
    start: int
    position: int


@attrs.frozen
class Told:
    """``started``: the last start before; None: the server was killed since."""

    user: str
    text: Json
    started: int | None
    position: int


@attrs.define(eq=False)
class Notifications(Part):
    """``devices``: by user, the time at which the first one was acknowledged.

    ``joined``: by user and room, the time from which the user is a member, unless ``unsure``.
    ``ends``: by room and seq, who did not want a notification any more, at what time; None:
    nobody did. ``unsure``: what may have ended the wish for notifications, acknowledged or not.
    """

    report: Report
    log: Log
    membership: Membership
    deletions: Deletions
    grace: int = 0
    started: int | None = 0
    devices: dict[str, int] = attrs.field(factory=dict)
    first: dict[tuple[str, str], int] = attrs.field(factory=dict)
    posts: dict[tuple[str, int], Post] = attrs.field(factory=dict)
    texts: dict[tuple[str, int], set[str]] = attrs.field(factory=lambda: defaultdict(set))
    told: list[Told] = attrs.field(factory=list)
    joined: dict[tuple[str, str], int] = attrs.field(factory=dict)
    read: dict[tuple[str, str], list[tuple[int, int]]] = attrs.field(
        factory=lambda: defaultdict(list)
    )
    deleted: dict[tuple[str, int], int] = attrs.field(factory=dict)
    unsure: set[tuple[object, ...]] = attrs.field(factory=set)
    furthest: dict[tuple[str, str], int] = attrs.field(factory=lambda: defaultdict(int))

    # ---- entries

    def fact(self, fact: Fact) -> None:
        if fact.what == NOTIFIES:
            self.grace = int(fact.more["graceMs"]) * 1_000_000
        elif fact.what in (STARTED, "killed"):
            self.started = fact.at if fact.what == STARTED else None

    def began(self, call: Call) -> None:
        match call.method:
            case "sendMessage" if (key := call.args.get("clientId")) is not None:
                self.first.setdefault((call.user, key), call.start)
            case "markRead" if "thread" not in call.args:
                here = call.user, call.room
                self.furthest[here] = max(self.furthest[here], call.args["seq"])
            case "editMessage":
                self.texts[call.room, call.args["seq"]].add(call.args["text"].strip())
            case "deleteMessage":
                self.unsure.add(("deleted", call.room, call.args["seq"]))
            case "deleteMessagesOf":
                self.unsure.add(("deleted", call.room))
            case "setNotifications" if call.args["level"] != "all":
                self.unsure.add((call.user, call.room))
            case "blockUser":
                self.unsure.add((call.user, "blocks", call.args["user"]))
            case "removePushEndpoint":
                self.unsure.add((call.user,))
            case _:
                if call.method in OUT:
                    self.unsure.add((whom(call), call.room))

    def ended(self, call: Call) -> None:
        if call.outcome != "ok":
            return
        match call.method:
            case "addPushEndpoint":
                self.devices.setdefault(call.user, call.end)
            case "sendMessage" if "thread" not in call.args:
                start = self.first.get((call.user, call.args.get("clientId", "")), call.start)
                post = Post(call.user, call.args["text"].strip(), start, call.begun)
                self.posts.setdefault((call.room, call.seen["seq"]), post)
            case "markRead" if "thread" not in call.args:
                self.read[call.user, call.room].append((call.args["seq"], call.end))
            case "deleteMessage":
                self.deleted.setdefault((call.room, call.args["seq"]), call.end)
            case _:
                if call.method in IN:
                    self.joined.setdefault((whom(call), call.room), call.end)

    def saw(self, position: int, saw: Saw) -> None:
        if saw.what == NOTIFIED:
            text = saw.value["notification"]
            self.told.append(Told(user_of(saw.process), text, self.started, position))

    def _wrong(self, told: Told, what: str, *positions: int) -> None:
        text = f"{told.user}'s notification {told.text['id']} {what}"
        self.report.add("notification_wrong", text, *positions, told.position)

    # ---- at the end

    def finish(self) -> None:
        before: dict[tuple[str, str, int], int] = {}
        for told in self.told:
            self._check(told, before)
        known = {(told.user, told.text["room"], told.text["seq"]) for told in self.told}
        for user, since in self.devices.items():
            for (room, seq), post in self.posts.items():
                if (user, room, seq) not in known and post.start > since:
                    self._check_missing(user, room, seq, post)

    def _check(self, told: Told, before: dict[tuple[str, str, int], int]) -> None:
        user, room, seq = told.user, told.text["room"], told.text["seq"]
        if told.text["id"] != f"{room}:{seq}:{user}":
            self._wrong(told, f"is of {room} {seq}")
        post = self.posts.get((room, seq))
        self.membership.hears(user, room, post.start if post else 0, told.position)
        if post is None:
            if seq not in self.log.rooms[room].placed and not self.deletions.may_be_gone(room):
                self._wrong(told, "is of no message")
            return
        if user == post.sender or told.text["sender"] != post.sender:
            self._wrong(told, f"says that {post.sender} wrote to {user}", post.position)
        # A decision before a kill may be sent, and made once more.
        if told.started is not None and told.started < post.start:
            key = user, told.text["id"], told.started
            if (other := before.setdefault(key, told.position)) != told.position:
                self._wrong(told, "comes twice without a kill", other)
        texts = {post.text, *self.texts[room, seq]}
        if told.text["text"] not in {text[:CHARS] for text in texts}:
            self._wrong(told, "has a text that nobody wrote", post.position)
        if any(end < post.start + self.grace - ROUNDING_NS for end in self._ends(user, room, seq)):
            self._wrong(told, "was not wanted any more", post.position)

    def _ends(self, user: str, room: str, seq: int) -> Iterator[int]:
        """Yield times at which the user did not want to be told any more."""
        yield from (end for read, end in self.read[user, room] if read >= seq)
        if (room, seq) in self.deleted:
            yield self.deleted[room, seq]

    def _check_missing(self, user: str, room: str, seq: int, post: Post) -> None:
        inside = user in pair(room) or self.joined.get((user, room), post.start) < post.start
        may_have_ended = {
            *((user,), (user, room), (user, "blocks", post.sender)),
            *(("deleted", room), ("deleted", room, seq)),
        }
        if (
            inside
            and user != post.sender
            and seq > self.furthest[user, room]
            and seq >= self.log.rooms[room].first
            and not may_have_ended & self.unsure
            and not self.deletions.may_be_gone(room)
        ):
            text = f"{user} is never notified of {room} {seq}"
            self.report.add("notification_wrong", text, post.position)
