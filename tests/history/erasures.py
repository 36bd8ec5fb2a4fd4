"""Erasure of people by an operator: once it is done, nothing shows what they wrote or were.

It is recorded as the operation ``eraseAccount`` of an operator's process, which is acknowledged
when rooms have nothing of the person left, too. What it changes is what the person could have
changed by calls, so the other parts of the checker see such calls, whose outcome is unknown
(:class:`WithErasures`). Numbers stay, so a message that is no longer there is ``lost`` as ever. An
erasure must not be undone by restoring a copy.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import count
from typing import Final

import attrs

from .calls import Call, Part, messages_in, shown_by
from .cursors import STARTED
from .entries import Begin, End, Entry, Fact, Json, Saw, user_of
from .findings import Report
from .membership import pair

ERASE: Final = "eraseAccount"
OPPOSITE: Final = {"addReaction": "removeReaction", "blockUser": "unblockUser"}
LIFTED: Final = {"ban": "unban", "mute": "unmute"}


@attrs.frozen
class WithErasures:
    """A recording, and each call that an erasure may stand for, without an end. After a restart the
    server continues, so that calls of an erasure that was not acknowledged come again.

    It can be iterated repeatedly.
    """

    recording: Iterable[Entry]
    erased: frozenset[str]

    @classmethod
    def of(cls, recording: Iterable[Entry]) -> "WithErasures":
        begun = (entry for entry in recording if isinstance(entry, Begin) and entry.call == ERASE)
        return cls(recording, frozenset(entry.args["user"] for entry in begun))

    def __iter__(self) -> Iterator[Entry]:
        if not self.erased:
            yield from self.recording
            return
        numbers = count(-1, -1)
        known: dict[str, dict[str, Begin]] = defaultdict(dict)
        under_way: dict[int, str] = {}
        sends: dict[int, str] = {}
        for entry in self.recording:
            yield entry
            begun: list[str] = []
            match entry:
                case Begin(number, call=call, args=args) if call == ERASE:
                    under_way[number] = args["user"]
                    begun = [args["user"]]
                case Begin(number):
                    if entry.call == "sendMessage":
                        sends[number] = user_of(entry.process)
                    self._learn(entry, known)
                case End(number):
                    if entry.outcome != "info":
                        under_way.pop(number, None)
                    self._learn_messages(messages_in(entry.seen), known)
                    if (sender := sends.pop(number, None)) is not None and entry.outcome == "ok":
                        self._learn_messages((entry.seen | {"sender": sender},), known)
                case Saw():
                    self._learn_messages(shown_by(entry), known)
                case Fact(what) if what == STARTED:
                    begun = list(under_way.values())
                case _:
                    pass
            for user in begun:
                for each in known[user].values():
                    yield attrs.evolve(each, number=next(numbers), at=entry.at)

    def _learn(self, begin: Begin, known: dict[str, dict[str, Begin]]) -> None:
        """Note the calls that would undo a call, and end a membership."""
        user, args, method = user_of(begin.process), begin.args, begin.call
        target = args.get("user", user)
        if user in self.erased and method in OPPOSITE:
            _note(known[user], begin, OPPOSITE[method], args)
        if user in self.erased and method == "setProfile":
            _note(known[user], begin, method, {"displayName": user, "status": {}})
        if target in self.erased and method in LIFTED:
            _note(known[target], begin, LIFTED[method], {"room": args["room"], "user": target})
        if target in self.erased and "room" in args and not pair(args["room"]):
            leaves = attrs.evolve(begin, process=f"{target}#erased")
            _note(known[target], leaves, "leaveRoom", {"room": args["room"]})

    def _learn_messages(self, shown: Iterable[Json], known: dict[str, dict[str, Begin]]) -> None:
        for message in shown:
            if (user := message["sender"]) in self.erased:
                place = {"room": message["room"], "seq": message["seq"]}
                deletes = Begin(0, 0, f"{user}#erased", "", place)
                _note(known[user], deletes, "deleteMessage", place)


def _note(calls: dict[str, Begin], begin: Begin, method: str, args: Json) -> None:
    calls[f"{method} {args}"] = attrs.evolve(begin, call=method, args=args)


@attrs.define(eq=False)
class Erasures(Part):
    """``done``: by person, when the erasure was acknowledged, and its position."""

    report: Report
    done: dict[str, tuple[int, int]] = attrs.field(factory=dict)

    def ended(self, call: Call) -> None:
        if call.outcome != "ok":
            return
        if call.method == ERASE:
            self.done[call.args["user"]] = call.end, call.begun
        elif self.done:
            for user, what in _shown(call):
                at, position = self.done.get(user, (call.start, -1))
                if at < call.start:
                    text = f"{call.user} is shown {what} of {user}, who was erased"
                    self.report.add("not_erased", text, position, call.begun)


def _shown(call: Call) -> Iterator[tuple[str, str]]:
    """Yield the people of whom a reply shows more than a name and numbers, with what that is."""
    seen = call.seen
    for message in messages_in(seen):
        content = ("text", "attachments", "data", "clientId", "mentions")
        if any(message.get(field) for field in content) or not message.get("deleted"):
            yield message["sender"], f"message {message['room']} {message['seq']}"
        for reaction in message.get("reactions", ()):
            for user in reaction["users"]:
                yield user, f"a reaction to {message['room']} {message['seq']}"
    for quoted in seen.get("quoted", ()):
        if quoted["text"]:
            yield quoted["sender"], f"a quotation of {call.room} {quoted['seq']}"
    if call.method == "listMembers" and not pair(call.room):
        for member in seen["members"]:
            yield member["user"], f"the membership of {call.room}"
    if call.method in ("getUsers", "listUsers"):
        for person in seen["users"]:
            if person["displayName"] != person["name"] or person.get("status"):
                yield person["name"], "the profile"
