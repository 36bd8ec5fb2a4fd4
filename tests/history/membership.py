"""Memberships and bans: each stays as it was acknowledged or seen, across crashes, and non-members
see nothing of a private room (I5).

Each reply and refusal reveals the state at some time during its call, an event at some time since
the change that it reports began. That state must be possible, given what was known before and what
may have changed since.
"""

from collections.abc import Iterator

import attrs

from .calls import Call, entries_in, messages_in, shown_by
from .deletions import Deletions
from .entries import Json, Saw, user_of
from .findings import Kind, Report
from .log import Log
from .register import BEFORE_ALL, Register, RegisterPart, Registers, all_of, registers

IN = frozenset({"createRoom", "joinRoom", "invite"})
OUT = frozenset({"leaveRoom", "removeMember", "ban"})
BANS = {"ban": True, "unban": False}
READS = frozenset({"subscribe", "getHistory", "getUnread", "listMembers"})
INSIDE = READS | {"markRead", "setNotifications", "leaveRoom"}
"""Calls that only members may make. Members are never refused with one of these reasons."""
OUTSIDE = frozenset({"forbidden", "not_found"})
MEMBERS = INSIDE | {
    *("editMessage", "deleteMessage", "invite", "removeMember", "ban", "unban"),
    *("mute", "unmute", "setRole"),
}


@attrs.define(eq=False)
class Membership(RegisterPart):
    """``inside`` and ``banned`` are by room and user. ``made``: the time by which a room existed,
    and the position that shows it."""

    report: Report
    log: Log
    deletions: Deletions
    private: set[str] = attrs.field(factory=set)
    inside: Registers = attrs.field(factory=registers)
    banned: Registers = attrs.field(factory=registers)
    made: dict[str, tuple[int, int]] = attrs.field(factory=dict)

    # ---- requests

    def began(self, call: Call) -> None:
        if call.method in ("createRoom", "setRoom") and call.args.get("visibility") == "private":
            self.private.add(call.room)
        RegisterPart.began(self, call)

    def writes(self, call: Call) -> Iterator[tuple[Register, bool]]:
        user = whom(call)
        if call.method in IN or call.method in OUT:
            yield self.inside[call.room][user], call.method in IN
        if call.method in BANS:
            yield self.banned[call.room][user], BANS[call.method]
        if call.method == "sendMessage" and call.room not in self.made:
            for user in pair(call.room):
                yield self.inside[call.room][user], True

    def registers(self) -> Iterator[Register]:
        yield from all_of(self.inside)
        yield from all_of(self.banned)

    def wrote(self, call: Call) -> bool:
        return call.outcome == "ok" and not _joins_again(call)

    # ---- replies

    def ended(self, call: Call) -> None:
        RegisterPart.ended(self, call)
        if call.outcome == "ok":
            self._check_made(call)
            self._check_shown(call)
            self._check_done(call)
        elif call.outcome == "fail":
            self._check_refused(call, call.seen["reason"])

    def _check_made(self, call: Call) -> None:
        if call.seen.get("created") or call.method == "createRoom":
            end, position = self.made.get(call.room, (call.end, call.begun))
            if end < call.start:
                text = f"{call.room} is made, and was there before"
                self.report.add("undone", text, position, call.begun)

    def _check_shown(self, call: Call) -> None:
        """Check all messages in a reply, including those of other rooms."""
        seen = call.seen
        rooms = {shown["room"] for shown in (*messages_in(seen), *entries_in(seen))}
        for room in {*rooms, *((call.room,) if call.method in READS else ())}:
            self._is_in(call, room, call.user, True, shown=True)
        if (inbox := _whole_inbox(call)) is not None:
            for room in [room for room, users in self.inside.items() if call.user in users]:
                if room not in inbox:
                    self._is_in(call, room, call.user, False)
        if (members := whole_members(call)) is not None:
            for user in {*members, *self.inside[call.room]}:
                self._is_in(call, call.room, user, user in members)

    def _check_done(self, call: Call) -> None:
        user, room = whom(call), call.room
        if call.method in MEMBERS:
            self._is_in(call, room, call.user, True)
        if call.method == "sendMessage" and not call.seen["duplicate"]:
            for member in pair(room) or (call.user,):
                self._is_in(call, room, member, True)
        if call.method in IN or call.method == "removeMember":
            self._is_in(call, room, user, True, shown=_joins_again(call))
        if call.method in OUT:
            self._is_in(call, room, user, False)
        if call.method in BANS:
            self._is_banned(call, user, BANS[call.method])

    def _check_refused(self, call: Call, reason: str) -> None:
        user, room, private = whom(call), call.room, call.room in self.private
        if pair(room):
            return
        if call.method in INSIDE or call.method == "sendMessage":
            if reason in OUTSIDE:
                self._is_in(call, room, call.user, False)
        elif call.method in ("joinRoom", "invite") and reason == "banned":
            self._is_banned(call, user, True)
        elif reason == "not_found" and (
            (call.method == "joinRoom" and private)
            or (call.method == "removeMember" and not private)
        ):
            self._is_in(call, room, user, False)

    def _is_in(self, call: Call, room: str, user: str, value: bool, shown: bool = False) -> None:
        """Note a membership at some time during the call. A member is never banned."""
        if value and pair(room) and user not in pair(room):
            self.report.add("leak", f"{user} is shown what is in {room}", call.begun)
            return
        if (position := self.inside[room][user].observe(value, call)) is not None:
            if not value and self.deletions.explains(call, room):
                return
            what = "in" if value else "not in"
            kind: Kind = "leak" if shown and self._hidden(room) else "undone"
            text = f"{user} is {what} {room}, and nothing can have made that so"
            self.report.add(kind, text, position, call.begun)
        elif value:
            self.made.setdefault(room, (call.end, call.begun))
            if user in self.banned[room]:
                self._is_banned(call, user, False)

    def _is_banned(self, call: Call, user: str, value: bool) -> None:
        if (position := self.banned[call.room][user].observe(value, call)) is not None:
            text = f"{user} is {'' if value else 'not '}banned, and nothing can have made that so"
            self.report.add("undone", text, position, call.begun)
        elif value:
            self._is_in(call, call.room, user, False)

    def _hidden(self, room: str) -> bool:
        return room in self.private or bool(pair(room))

    # ---- events

    def saw(self, position: int, saw: Saw) -> None:
        user = user_of(saw.process)
        for message in shown_by(saw):
            start = max(self.log.starts(message), BEFORE_ALL)
            self.hears(user, message["room"], start, position)
        if (room := saw.value.get("room")) is not None:
            self.hears(user, room, BEFORE_ALL, position)
        if saw.what == "memberChanged":
            self._check_change(saw.value, position)

    def hears(self, user: str, room: str, start: int, position: int) -> None:
        """Check that a user who is told of a room may be in it at some time after ``start``."""
        outsider = bool(pair(room)) and user not in pair(room)
        since = -1 if outsider else self.inside[room][user].against(True, start)
        if since is not None:
            kind: Kind = "leak" if self._hidden(room) else "undone"
            self.report.add(kind, f"{user} is told of {room}, and is not in it", since, position)

    def _check_change(self, value: Json, position: int) -> None:
        user, comes = value["user"], value["role"] is not None
        if not comes and self.deletions.may_be_gone(value["room"]):
            return
        if self.inside[value["room"]][user].until(comes) < 0:
            what = "came into" if comes else "went from"
            text = f"{user} {what} {value['room']}, and nobody wanted that"
            self.report.add("undone", text, position)


def whom(call: Call) -> str:
    """Return the user whose membership the call changes."""
    return str(call.args.get("user", call.user))


def pair(room: str) -> tuple[str, ...]:
    """Return the two users of a direct room; empty for other rooms."""
    return tuple(dict.fromkeys(room[1:].split(":"))) if room.startswith("@") else ()


def whole_members(call: Call) -> dict[str, str] | None:
    """Return roles by user, if the reply has all members."""
    if call.method != "listMembers" or call.args.get("after") or call.seen["next"] is not None:
        return None
    return {member["user"]: member["role"] for member in call.seen["members"]}


def _joins_again(call: Call) -> bool:
    """Return whether the reply shows that the user was a member before the call: nobody else joins
    a private room."""
    return call.method == "joinRoom" and call.seen["visibility"] == "private"


def _whole_inbox(call: Call) -> set[str] | None:
    """Return the rooms of an inbox, if the reply has all of them."""
    inbox = call.seen.get("inbox", call.seen)
    if call.method not in ("connect", "getInbox") or call.args.get("after"):
        return None
    return {entry["room"] for entry in inbox["rooms"]} if inbox["next"] is None else None
