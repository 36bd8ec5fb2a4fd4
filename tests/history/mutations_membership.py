"""Mutations of memberships, bans, levels and owners."""

from collections.abc import Iterator
from typing import Final

import attrs

from .altered import (
    OUTSIDER,
    PRIVATE,
    Altered,
    Finished,
    spoils,
)
from .entries import Begin, Json
from .levels import LEVELS
from .owners import TICK_NS

LOBBY: Final = "lobby"
YARD: Final = "yard"
"""The room with most changes of membership."""
CHANGES: Final = ("joinRoom", "invite", "leaveRoom", "removeMember", "ban", "unban")
COMES: Final = ("joinRoom", "invite")
GOES: Final = ("leaveRoom", "removeMember", "ban")


HELLO: Final = {"text": "hello", "clientId": "hello"}
SENT: Final = {"seq": 1 << 20, "rev": 1 << 20, "timestamp": 1, "duplicate": False}
PLAIN_MEMBER: Final = {
    "room": YARD,
    "visibility": "public",
    "readSeq": 0,
    "headSeq": 0,
    "role": "member",
    "created": False,
}


def _target(begin: Begin) -> str:
    return str(begin.args.get("user", begin.process.partition("#")[0]))


def _row(done: Finished, user: str) -> Json | None:
    return next((row for row in done.seen["members"] if row["user"] == user), None)


def _owner(shown: Finished) -> str:
    return next(str(row["user"]) for row in shown.seen["members"] if row["role"] == "owner")


def _give(shown: Finished, heir: str) -> None:
    for row in shown.seen["members"]:
        row["role"] = "owner" if row["user"] == heir else "member"


class MembershipMutations(Altered):
    def _alone(self, *methods: str, room: str = YARD) -> Iterator[tuple[Finished, str, int]]:
        """Yield acknowledged changes of a membership without concurrent ones, with the user and the
        position of the next request for a change."""
        done_or_not = self.calls(*CHANGES) + self.calls(*CHANGES, outcome="fail")
        ended = {done.begin.number: done.last for done in done_or_not}
        asked = [
            (index, entry)
            for index, entry in enumerate(self.entries)
            if isinstance(entry, Begin) and entry.call in CHANGES and entry.args["room"] == room
        ]
        for done in self.calls(*methods):
            if done.args["room"] != room:
                continue
            user = _target(done.begin)
            others = [
                (i, b) for i, b in asked if _target(b) == user and b.number != done.begin.number
            ]
            if any(
                i < done.first and ended.get(b.number, done.last) > done.first for i, b in others
            ):
                continue
            last = min((i for i, _ in others if i > done.first), default=len(self.entries))
            if last > done.last:
                yield done, user, last

    def _lists(self, first: int, last: int) -> list[Finished]:
        """Return lists of the yard's members between two positions."""
        lists = [d for d in self.calls("listMembers") if d.args["room"] == YARD]
        return [done for done in lists if first < done.first and done.last < last]

    # ---- undone: memberships

    @spoils("undone")
    def inbox_lacks_a_room(self) -> None:
        done, entry = self.pick((d, e) for d, e in self.inbox_entries() if e["room"] == "lobby")
        done.seen["rooms"].remove(entry)
        for what in ("unread", "mentions"):
            done.seen[what] -= entry[what]

    @spoils("undone")
    def new_member_is_missing(self) -> None:
        shown, row = self.pick(
            (shown, row)
            for done, user, last in self._alone(*COMES)
            for shown in self._lists(done.last, last)
            if (row := _row(shown, user))
        )
        shown.seen["members"].remove(row)

    @spoils("undone")
    def removed_member_is_listed(self) -> None:
        shown, user = self.pick(
            (shown, user)
            for done, user, last in self._alone(*GOES)
            for shown in self._lists(done.last, last)
        )
        shown.seen["members"].append({"user": user, "role": "member"})

    @spoils("undone")
    def removed_member_has_the_room_in_the_inbox(self) -> None:
        shown = self.pick(
            shown
            for done, user, last in self._alone(*GOES)
            for shown in self.calls("getInbox")
            if shown.user == user and done.last < shown.first and shown.last < last
        )
        entry = {"room": YARD, "headSeq": 0, "readSeq": 0, "unread": 0, "mentions": 0}
        shown.seen["rooms"].append(entry)

    @spoils("undone")
    def new_member_may_not_send(self) -> None:
        done, user, _ = self.pick(self._alone(*COMES))
        args = {"room": YARD, **HELLO}
        self.ask(done.last, f"{user}#99", "sendMessage", args, reason="forbidden")

    @spoils(
        "undone",
        removed_member_may_send=(YARD, GOES),
        removed_member_of_private_room_may_send=(PRIVATE, ("removeMember", "leaveRoom")),
    )
    def _removed_member_may_send(self, case: tuple[str, tuple[str, ...]]) -> None:
        room, methods = case
        done, user, _ = self.pick(self._alone(*methods, room=room))
        place = {"room": room}
        self.ask(done.last, f"{user}#99", "sendMessage", place | HELLO, place | SENT)

    @spoils("undone")
    def interrupted_join_is_seen_and_undone(self) -> None:
        """The join was not acknowledged, but somebody has seen it."""
        done, user, one, other = self.pick(
            (done, user, one, other)
            for done, user, last in self._alone(*COMES)
            for one in self._lists(done.last, last)
            for other in self._lists(one.last, last)
        )
        self.replace(done.last, outcome="info", seen={"reason": "no reply"})
        other.seen["members"] = [row for row in other.seen["members"] if row["user"] != user]
        assert _row(one, user)

    @spoils("undone")
    def interrupted_removal_is_done_after_the_restart(self) -> None:
        """The next server has shown the member before."""
        start, user, other, row = self.pick(
            (start, user, other, row)
            for start in self.starts()
            for done, user, last in self._alone(*COMES)
            for one in self._lists(start, last)
            for other in self._lists(one.last, last)
            if done.last < start and (row := _row(other, user)) and _row(one, user)
        )
        other.seen["members"].remove(row)
        self.ask(start - 1, "alice#99", "removeMember", {"room": YARD, "user": user})

    @spoils(
        "undone",
        member_without_a_call={"user": "erin", "role": "member"},
        removal_without_a_call={"room": "lobby", "user": "alice", "role": None},
    )
    def _changes_without_a_call(self, value: Json) -> None:
        index, saw = self.pick(self.events("memberChanged"))
        self.insert(index, attrs.evolve(saw, value=saw.value | value))

    @spoils("undone")
    def former_member_gets_later_events(self) -> None:
        """A former member of a public room gets an event of a later message."""
        sent = {d.key: d.first for d in self.sent() if "clientId" in d.args}
        user, index = self.pick(
            (user, index)
            for done, user, last in self._alone(*GOES)
            for index, saw in self.events("newMessage")
            if saw.value["room"] == YARD
            and sent.get((saw.value["sender"], saw.value.get("clientId")), 0) > done.last
            and index < last
        )
        self.tell(index, f"{user}#99")

    @spoils("undone")
    def room_is_created_again(self) -> None:
        first, *later = [d for d in self.calls("joinRoom") if d.args["room"] == YARD]
        self.pick(d for d in later if d.first > first.last).seen["created"] = True

    # ---- undone: bans

    @spoils("undone")
    def ban_is_forgotten(self) -> None:
        done, user, _ = self.pick(self._alone("ban"))
        self.ask(done.last, f"{user}#99", "joinRoom", {"room": YARD}, PLAIN_MEMBER)

    @spoils("undone")
    def unban_is_forgotten(self) -> None:
        done, user, _ = self.pick(self._alone("unban"))
        self.ask(done.last, f"{user}#99", "joinRoom", {"room": YARD}, reason="banned")

    @spoils("undone")
    def member_is_banned_without_a_call(self) -> None:
        """A member is shown as banned, without a ban."""
        done, user, _ = self.pick(self._alone(*COMES))
        args = {"room": YARD, "user": user}
        self.ask(done.last, "alice#99", "invite", args, reason="banned")

    # ---- undone: mutes and roles

    @spoils("undone")
    def mute_is_forgotten(self) -> None:
        done = self.pick(self._last_words("mute", "unmute"))
        sent = {"room": LOBBY, **SENT}
        self.ask(
            done.last, f"{done.args['user']}#99", "sendMessage", {"room": LOBBY, **HELLO}, sent
        )

    @spoils("undone")
    def unmute_is_forgotten(self) -> None:
        done = self.pick(self._last_words("unmute", "mute"))
        args = {"room": LOBBY, **HELLO}
        self.ask(done.last, f"{done.args['user']}#99", "sendMessage", args, reason="muted")

    @spoils("undone")
    def role_is_forgotten(self) -> None:
        done = self.pick(self._last_words("setRole", "setRole"))
        other = "member" if done.args["role"] == "moderator" else "moderator"
        shown = {**PLAIN_MEMBER, "room": LOBBY, "role": other}
        self.ask(done.last, f"{done.args['user']}#99", "joinRoom", {"room": LOBBY}, shown)

    def _last_words(self, method: str, other: str) -> Iterator[Finished]:
        """Yield acknowledged calls about a user beside no other call of these methods."""
        asked = [*self.calls(method, other), *self.calls(method, other, outcome="fail")]
        ended = {done.begin.number: done for done in asked}
        for done in self.calls(method):
            others = [
                begin
                for name in {method, other}
                for begin in self.begun(name)
                if begin.number != done.begin.number and begin.args["user"] == done.args["user"]
            ]
            if all(
                begin.number in ended
                and (ended[begin.number].last < done.first or begin.at > done.end.at)
                for begin in others
            ):
                yield done

    # ---- undone: visibility

    @spoils("undone")
    def entry_has_another_visibility(self) -> None:
        entry = self.pick(entry for _, entry in self.inbox_entries() if entry["room"] == "lobby")
        entry["visibility"] = "private"

    # ---- undone: levels

    @spoils("undone")
    def level_is_forgotten(self) -> None:
        """The level is replaced by one that the user had only when joining, if ever."""
        entry, level = self.pick(
            (entry, level)
            for done, entry in self.inbox_entries()
            for chosen in self.calls("setNotifications")
            if done.user == chosen.user and entry["room"] == chosen.args["room"] == "lobby"
            for level in LEVELS
            if level not in self._chosen(done.user)
        )
        entry["notifications"] = level

    @spoils("undone")
    def level_without_a_call(self) -> None:
        entry = self.pick(
            entry
            for done, entry in self.inbox_entries()
            if entry["room"] == "lobby" and not self._chosen(done.user)
        )
        entry["notifications"] = "mentions"

    def _chosen(self, user: str) -> set[str]:
        """Return the levels that a user has set in the lobby."""
        return {
            begin.args["level"]
            for begin in self.begun("setNotifications")
            if _target(begin) == user and begin.args["room"] == "lobby"
        }

    # ---- succession

    @spoils("succession")
    def room_has_no_owner(self) -> None:
        for row in self.pick(self._several()).seen["members"]:
            row["role"] = "member"

    @spoils("succession")
    def room_has_two_owners(self) -> None:
        rows = self.pick(self._several()).seen["members"]
        self.pick(row for row in rows if row["role"] == "member")["role"] = "owner"

    @spoils("succession")
    def owner_changes_although_the_owner_stays(self) -> None:
        shown = self.pick(
            shown
            for joined, user, last in self._alone("joinRoom")
            for shown in self._lists(joined.last, last)
            if joined.seen["role"] == "owner" and len(shown.seen["members"]) > 1
        )
        heir = self.pick(row["user"] for row in shown.seen["members"] if row["role"] == "member")
        _give(shown, heir)

    @spoils("succession")
    def owner_is_plain_member_at_the_end(self) -> None:
        shown = self.pick(d for d in self._several() if d.first > self.final)
        owner = _owner(shown)
        self.ask(shown.last, f"{owner}#99", "joinRoom", {"room": YARD}, PLAIN_MEMBER)

    @spoils("succession")
    def last_member_becomes_owner(self) -> None:
        """After the owner has left, only the order of joining shows that the new owner is wrong."""
        shown, heir = self.pick(
            (shown, heir)
            for one, longer, until in self._alone(*COMES)
            for other, heir, last in self._alone(*COMES)
            for shown in self._lists(other.last, min(last, until))
            if one.last < other.first and other.begin.at > one.end.at + TICK_NS
            if (row := _row(shown, heir)) and row["role"] == "member" and _row(shown, longer)
            if not self._owner_since(other.first, shown) and not self._was_in(heir, other.first)
        )
        _give(shown, heir)

    def _was_in(self, user: str, before: int) -> bool:
        """Return whether the user's last change of membership was a join of the yard."""
        changes = [
            d for d in self.calls(*COMES, *GOES) if d.last < before and d.args["room"] == YARD
        ]
        theirs = [done for done in changes if _target(done.begin) == user]
        return bool(theirs) and theirs[-1].begin.call in COMES

    def _owner_since(self, first: int, shown: Finished) -> bool:
        """Return whether the same user was known to be the owner before."""
        owner = _owner(shown)
        return not any(
            _target(begin) == owner and begin.args["room"] == YARD
            for begin in self.begun("leaveRoom")
            if self.entries.index(begin) > first
        )

    def _several(self) -> list[Finished]:
        """Return lists of the yard's members that have several members."""
        return [d for d in self._lists(-1, len(self.entries)) if len(d.seen["members"]) > 1]

    # ---- leak

    @spoils("leak")
    def outsider_lists_members_of_private_room(self) -> None:
        lists = self.calls("listMembers")
        done = self.pick(d for d in lists if d.args["room"] == PRIVATE)
        self.ask(done.last, f"{OUTSIDER}#1", "listMembers", done.args, done.seen)

    @spoils("leak")
    def removed_member_joins_private_room(self) -> None:
        done, user, _ = self.pick(self._alone("removeMember", "leaveRoom", room=PRIVATE))
        joined = PLAIN_MEMBER | {"room": PRIVATE, "visibility": "private"}
        self.ask(done.last, f"{user}#99", "joinRoom", {"room": PRIVATE}, joined)

    @spoils("leak")
    def interrupted_invitation_outlives_a_removal(self) -> None:
        """The invitation was open when the server was killed. Then the user was removed, which was
        acknowledged."""
        start, done, user = self.pick(
            (start, done, user)
            for start in self.starts()
            for done, user, _ in self._alone("removeMember", "leaveRoom", room=PRIVATE)
            if start < done.first and not self._invited(user, start, done.last)
        )
        page = {"room": PRIVATE, "firstSeq": 1, "headSeq": 1 << 20, "messages": []}
        self.ask(done.last, f"{user}#99", "getHistory", {"room": PRIVATE, "before": 1}, page)
        self.ask(start - 1, "alice#99", "invite", {"room": PRIVATE, "user": user})

    def _invited(self, user: str, first: int, last: int) -> bool:
        return any(
            isinstance(entry, Begin) and entry.call == "invite" and _target(entry) == user
            for entry in self.entries[first:last]
        )
