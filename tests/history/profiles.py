"""Profiles: each stays as it was acknowledged or seen, across crashes, and is shown only to those
who share a room with the person."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

import attrs

from .calls import Call
from .entries import Json, Saw, user_of
from .findings import Report
from .membership import Membership
from .register import Register, RegisterPart, Registers, all_of, registers

FIELDS: Final = ("displayName", "status")


@attrs.define(eq=False)
class Profiles(RegisterPart):
    """``values``: by field, user and value, whether the field has that value. At first the display
    name is the name, and there is no status."""

    report: Report
    membership: Membership
    values: dict[str, Registers] = attrs.field(factory=lambda: defaultdict(registers))

    def writes(self, call: Call) -> Iterator[tuple[Register, bool]]:
        if call.method == "setProfile":
            for field in FIELDS:
                if field in call.args:
                    yield from self._choices(field, call.user, _value(field, call.args))

    def _choices(self, field: str, user: str, chosen: str) -> Iterator[tuple[Register, bool]]:
        known = self.values[field][user]
        for value in dict.fromkeys((*known, _first(field, user), chosen)):
            yield known[value], value == chosen

    def registers(self) -> Iterator[Register]:
        return (register for users in self.values.values() for register in all_of(users))

    def ended(self, call: Call) -> None:
        RegisterPart.ended(self, call)
        if call.outcome != "ok":
            return
        if call.method == "setProfile":
            self._is(call, call.seen)
        elif call.method in ("getUsers", "listUsers"):
            for person in call.seen["users"]:
                self._is(call, person)
                self._may_see(call, person["name"])
            shown = {person["name"] for person in call.seen["users"]}
            if call.user in set(call.args.get("users", ())) - shown:
                self.report.add("undone", f"{call.user} does not see the own profile", call.begun)

    def saw(self, position: int, saw: Saw) -> None:
        if saw.what == "userChanged":
            name = saw.value["name"]
            for field in FIELDS:
                value = _value(field, saw.value)
                if value != _first(field, name) and self.values[field][name][value].until(True) < 0:
                    text = f"{name}'s {field} is told as {value!r}, which nobody set"
                    self.report.add("phantom", text, position)
            if user_of(saw.process) != name and not self._share(user_of(saw.process), name, 0):
                text = f"{user_of(saw.process)} is told of {name} without a common room"
                self.report.add("leak", text, position)

    def _is(self, call: Call, profile: Json) -> None:
        """Note that a profile was so at some time during the call."""
        user = profile["name"]
        for field in FIELDS:
            chosen = _value(field, profile)
            for register, value in self._choices(field, user, chosen):
                position = register.against(value, call.start)
                if position is not None and (position >= 0 or chosen != _first(field, user)):
                    text = f"{user}'s {field} is {chosen!r}, and nobody made that so"
                    self.report.add("undone", text, position, call.begun)
                    break
                register.show(value, call.start, call.end, call.begun)

    def _may_see(self, call: Call, name: str) -> None:
        if name != call.user and not self._share(call.user, name, call.start):
            text = f"{call.user} sees {name} without a common room"
            self.report.add("leak", text, call.begun)

    def _share(self, one: str, other: str, start: int) -> bool:
        """Return whether two may have shared a room at some time after ``start``."""
        return any(
            users[one].against(True, start) is None and users[other].against(True, start) is None
            for users in list(self.membership.inside.values())
            if one in users and other in users
        )


def _value(field: str, profile: Json) -> str:
    value = profile.get(field) or {}
    return value if isinstance(value, str) else f"{value.get('text', '')} {value.get('emoji')}"


def _first(field: str, user: str) -> str:
    return user if field == "displayName" else _value(field, {})
