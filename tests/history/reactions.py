"""Reactions: what messages, pages and events say of them, against each other and the calls.

A message names all users of an emoji as long as they are at most :data:`NAMED`.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final, TypeAlias

import attrs

from .calls import Call, shown_by
from .entries import Json, Saw
from .findings import Report
from .register import Register, RegisterPart, Registers, all_of, registers

CALLS: Final = {"addReaction": True, "removeReaction": False}
READS: Final = ("getHistory", "getUnread", "subscribe")
NAMED: Final = 10
Place: TypeAlias = tuple[str, int]
"""A room and the seq of a message."""


@attrs.define(eq=False)
class Reactions(RegisterPart):
    """``reacted``: by message, then by emoji and user. ``shown``: by message and rev, what it
    shows. ``told``: by message and rev, the emoji and count of the event.
    """

    report: Report
    reacted: dict[Place, Registers] = attrs.field(factory=lambda: defaultdict(registers))
    shown: dict[tuple[Place, int], tuple[int, int]] = attrs.field(factory=dict)
    told: dict[tuple[Place, int], tuple[str, int, int]] = attrs.field(factory=dict)

    # ---- calls

    def writes(self, call: Call) -> Iterator[tuple[Register, bool]]:
        if call.method in CALLS:
            yield self._register(call), CALLS[call.method]

    def _register(self, call: Call) -> Register:
        place = call.room, call.args["seq"]
        return self.reacted[place][call.args["emoji"]][call.user]

    def registers(self) -> Iterator[Register]:
        return (register for emojis in self.reacted.values() for register in all_of(emojis))

    def ended(self, call: Call) -> None:
        RegisterPart.ended(self, call)
        if call.outcome != "ok":
            return
        if call.method in CALLS:
            value = CALLS[call.method]
            if (position := self._register(call).observe(value, call)) is not None:
                self._undone(call, call.user, call.args["emoji"], position)
        elif call.method in READS:
            for message in call.seen["messages"]:
                self._show(message, call.begun)
                if not message.get("deleted"):
                    self._observe(message, call)
            self._compare_own(call)

    def saw(self, position: int, saw: Saw) -> None:
        if saw.what != "unread":  # an entry does not show them
            for message in shown_by(saw):
                self._show(message, position)
        if saw.what == "reactionsChanged":
            self._tell(saw.value, position)

    # ---- what is shown

    def _show(self, message: Json, position: int) -> None:
        place = message["room"], message["seq"]
        where = f"{place[0]} {place[1]} at rev {message['rev']}"
        reactions: Sequence[Json] = message.get("reactions", ())
        if len({each["emoji"] for each in reactions}) < len(reactions):
            self.report.add("reaction_wrong", f"{where} has an emoji twice", position)
        for each in reactions:
            users, count = set(each["users"]), each["count"]
            if len(users) != len(each["users"]) or len(users) != min(count, NAMED):
                text = f"{where} has {count} of {each['emoji']} by {each['users']}"
                self.report.add("reaction_wrong", text, position)
        shown = [(each["emoji"], each["count"], tuple(each["users"])) for each in reactions]
        state = hash((*shown, message.get("pinnedBy"), repr(message.get("data"))))
        known, before = self.shown.setdefault((place, message["rev"]), (state, position))
        if known != state:
            text = f"{where} has other reactions, another pin or other data than it had"
            self.report.add("divergent", text, before, position)
        if (told := self.told.get((place, message["rev"]))) is not None:
            emoji, count, at = told
            if sum(each["count"] for each in reactions if each["emoji"] == emoji) != count:
                text = f"{where} has another count of {emoji} than was told"
                self.report.add("reaction_wrong", text, at, position)

    def _tell(self, event: Json, position: int) -> None:
        place, emoji, count = (event["room"], event["seq"]), event["emoji"], event["count"]
        where = f"{place[0]} {place[1]} at rev {event['rev']}"
        told = self.told.setdefault((place, event["rev"]), (emoji, count, position))
        if told[:2] != (emoji, count):
            text = f"{where}: two are told of different reactions"
            self.report.add("divergent", text, told[2], position)
        if self.reacted[place][emoji][event["user"]].until(event["added"]) < 0:
            text = f"{where}: {event['user']} did not ask for that reaction"
            self.report.add("phantom", text, position)

    # ---- who reacted

    def _observe(self, message: Json, call: Call) -> None:
        """Note who had reacted at some time during the call."""
        registers = self.reacted[message["room"], message["seq"]]
        shown = {each["emoji"]: each for each in message.get("reactions", ())}
        for emoji in {*registers, *shown}:
            users = shown[emoji]["users"] if emoji in shown else ()
            if len(users) == NAMED:
                continue  # there may be others
            for user in {*registers[emoji], *users}:
                register = registers[emoji][user]
                if (position := register.observe(user in users, call)) is not None:
                    self._undone(call, user, emoji, position)

    def _compare_own(self, call: Call) -> None:
        if "myReactions" not in call.seen:
            return  # as recorded from an earlier version
        own = {each["seq"]: each["emojis"] for each in call.seen["myReactions"]}
        for message in call.seen["messages"]:
            for each in message.get("reactions", ()):
                named = call.user in each["users"]
                known = named or each["count"] <= NAMED
                if known and (each["emoji"] in own.get(message["seq"], ())) is not named:
                    text = f"{call.user}'s own reactions are not those of {message}"
                    self.report.add("reaction_wrong", text, call.begun)

    def _undone(self, call: Call, user: str, emoji: str, position: int) -> None:
        text = f"{call.room}: {user}'s {emoji} is not as it was, and nothing can have made that so"
        self.report.add("undone", text, position, call.begun)
