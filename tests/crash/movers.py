"""Clients that create rooms, join, leave, invite, remove, ban, and write in between.

As in :mod:`.people`, unanswered calls are retried in the next session, so that at the end each call
has been answered. Many calls are refused, because clients do not know what others have just done.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import attrs

from ..client import CallFailed
from ..history.received import LOG_EVENTS
from .people import BURST, REFUSALS, Call, Caller, Cursors, Session, ask, may_be_refused, resume

PUBLIC: Final = 20
PRIVATE: Final = 40
"""The maximum of rooms to create, because an inbox is read as one page."""
MODERATION: Final = (
    *("invite", "invite", "removeMember", "ban", "unban"),
    *("mute", "unmute", "setRole"),
)
ROLES: Final = ("moderator", "member")
LEVELS: Final = ("all", "mentions", "none")


@attrs.define(eq=False)
class Rooms:
    """The rooms that clients use: the public ones whether they exist yet or not.

    ``private``: private rooms, each with a member who never leaves, so that the room can be read at
    the end. That member joins second, and so becomes the next owner. A room is added afterwards:
    otherwise somebody else might create it by joining while the first calls are retried.
    ``private_begun``: how many clients have begun to create.
    """

    public: list[str] = attrs.field(factory=list)
    private: dict[str, str] = attrs.field(factory=dict)
    private_begun: int = 0

    def all(self) -> list[str]:
        return [*self.public, *self.private]


@attrs.define(eq=False, kw_only=True)
class Mover(Caller):
    """:param people: users to write to.
    :param others: all movers, including this one.
    """

    others: Sequence[str]
    people: Sequence[str]
    rooms: Rooms
    _roles: dict[str, str] = attrs.field(factory=dict)
    """Of the rooms of which it believes to be a member."""
    _cursors: Cursors = attrs.field(factory=dict)
    _watched: set[str] = attrs.field(factory=set)

    async def work(self, me: Session, go_on: Callable[[], bool]) -> None:
        try:
            await Caller.work(self, me, go_on)
        finally:
            self._hear(me)

    async def come(self, me: Session) -> None:
        inbox = me.client.connected["inbox"]
        assert inbox["next"] is None
        rooms = [e["room"] for e in inbox["rooms"] if not e["room"].startswith("@")]
        self._roles = {room: self._roles.get(room, "member") for room in rooms}
        for room in sorted(self._watched):
            await self._subscribe(me, room)

    async def settle(self, me: Session, most: int | None = None) -> None:
        await Caller.settle(self, me, most)
        self._hear(me)
        if self._roles and self.choose.random() < 0.1:
            await self._subscribe(me, self.choose.choice(sorted(self._roles)))

    async def visit(self, me: Session) -> None:
        """List people and the members of all rooms at the end, then join and read each room if
        possible."""
        await ask(me, "getUsers", users=[self.name, *self.others])
        for entry in me.client.connected["inbox"]["rooms"]:
            if not entry["room"].startswith("@"):
                await ask(me, "listMembers", room=entry["room"])
        for room in self.rooms.public:
            with may_be_refused(frozenset({"banned"})):
                await ask(me, "joinRoom", room=room)

    async def _subscribe(self, me: Session, room: str) -> None:
        """Resume from the last rev to the end, unless it is removed meanwhile."""
        try:
            page = await resume(me, room, self._cursors, self.tally)
        except CallFailed as failed:
            if failed.reason not in REFUSALS:
                raise
            self._changed(room, None)
            return
        self._roles[room], self._heads[room] = page["role"], page["headSeq"]
        self._watched.add(room)
        self._hear(me)

    def _hear(self, me: Session) -> None:
        """Process the events received."""
        for event in me.client.untaken:
            params = event["params"]
            if event["method"] in LOG_EVENTS:
                self._cursors[params["room"]] = params["rev"], params["epoch"]
            elif event["method"] == "memberChanged" and params["user"] == self.name:
                self._changed(params["room"], params["role"])
        me.client.untaken.clear()

    def _changed(self, room: str, role: str | None) -> None:
        if role is None:
            self._roles.pop(room, None)
            self._watched.discard(room)
        else:
            self._roles[room] = role

    # ---- choosing the next calls

    def next(self) -> Sequence[Call]:
        what = self.choose.random()
        if what < 0.02 and len(self.rooms.public) < PUBLIC:
            return [self._new_public()]
        if what < 0.05 and self.rooms.private_begun < PRIVATE:
            return self._new_private()
        return [call for _ in range(self.choose.randint(1, BURST)) for call in self._one()]

    def _new_public(self) -> Call:
        room = f"lane-{len(self.rooms.public)}"
        self.rooms.public.append(room)
        if self.choose.random() < 0.5:
            return self._join(room)
        return Call("createRoom", {"room": room, "visibility": "public"}, self._joined)

    def _new_private(self) -> list[Call]:
        """The member who never leaves joins before anything else happens in the room."""
        room = f"den-{self.rooms.private_begun}"
        self.rooms.private_begun += 1
        heir = self.others[(self.others.index(self.name) + 1) % len(self.others)]

        def joined(_: object) -> None:
            self.rooms.private[room] = heir

        made = Call("createRoom", {"room": room, "visibility": "private"}, self._joined)
        return [made, Call("invite", {"room": room, "user": heir}, joined)]

    def _one(self) -> Iterator[Call]:
        choose = self.choose
        known, mine = self.rooms.all(), sorted(self._roles)
        owned = [room for room in mine if self._roles[room] == "owner"]
        what = choose.random()
        if what < 0.1 or not known:
            yield self._say({"to": choose.choice(self.people)})
        elif what < 0.13:
            yield self._say({"room": choose.choice(known)})
        elif what < 0.22:
            yield self._join(choose.choice(known))
        elif what < 0.24:
            yield self._block()
        elif what < 0.42 and owned:
            yield self._moderate(choose.choice(owned))
        elif what < 0.44:
            yield self._moderate(choose.choice(known))
        elif what < 0.46:
            yield Call("listRooms", {"limit": 200})
        elif what < 0.49 and (dens := [room for room in owned if room in self.rooms.private]):
            yield self._show_or_hide(choose.choice(dens))
        elif what < 0.51:
            yield self._show_or_look()
        elif mine:
            yield from self._inside(choose.choice(mine))

    def _show_or_hide(self, room: str) -> Call:
        """Make a private room public, or private again."""
        visibility = self.choose.choice(("public", "private"))
        return Call("setRoom", {"room": room, "visibility": visibility})

    def _show_or_look(self) -> Call:
        """Set the own profile, or read profiles, perhaps of people in no common room."""
        if self.choose.random() < 0.5:
            return Call("getUsers", {"users": [self.name, *self.others]})
        changed = self.choose.choice(("displayName", "status"))
        value = f"{changed} {self.choose.randint(0, 99)}"
        return Call("setProfile", {changed: value if changed == "displayName" else {"text": value}})

    def _block(self) -> Call:
        """Block or unblock somebody, but not the one who invites this client as permanent
        member."""
        method = self.choose.choice(("blockUser", "unblockUser", "listBlocked"))
        if method == "listBlocked":
            return Call(method, {})
        host = self.others[self.others.index(self.name) - 1]
        others = [other for other in self.others if other not in (self.name, host)]
        return Call(method, {"user": self.choose.choice(others)})

    def _inside(self, room: str) -> Iterator[Call]:
        what, own = self.choose.random(), [place for place in self._own if place[0] == room]
        head = self._heads.get(room, 0)
        if what < 0.08:
            if self.rooms.private.get(room) != self.name:
                yield Call("leaveRoom", {"room": room})
        elif what < 0.16:
            yield Call(self.choose.choice(("listMembers", "getUnread")), {"room": room})
        elif what < 0.22:
            level = self.choose.choice(LEVELS)
            yield Call("setNotifications", {"room": room, "level": level})
        elif what < 0.3 and head:
            yield self.read(room)
        elif what < 0.36 and own:
            yield self.edit(*self.choose.choice(own))
        elif what < 0.4 and head and self._roles[room] == "owner":
            yield self.delete(room, self.choose.randint(1, head))
        else:
            yield self._say({"room": room})

    def _moderate(self, room: str) -> Call:
        method = self.choose.choice(MODERATION)
        stays = self.rooms.private.get(room)
        user = self.choose.choice([name for name in self.others if name != stays])
        role = {"role": self.choose.choice(ROLES)} if method == "setRole" else {}
        return Call(method, {"room": room, "user": user, **role})

    def _join(self, room: str) -> Call:
        return Call("joinRoom", {"room": room}, self._joined)

    def _joined(self, result: Any) -> None:
        self._roles[result["room"]] = result["role"]

    def _say(self, place: dict[str, str]) -> Call:
        mention = f"@{self.choose.choice(self.others)}" if self._number % 10 == 9 else ""
        return self.send(place, mention)
