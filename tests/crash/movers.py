"""Clients that create rooms, join, leave, invite, remove, ban, and write in between.

As in :mod:`.people`, unanswered calls are retried in the next session, so that at the end each call
has been answered. Many calls are refused, because clients do not know what others have just done.
"""

import random
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import attrs

from ..client import CallFailed
from ..history.recorded import Recorded
from .people import BURST, OWN, PAGE, Call, ask, begin, reply

PUBLIC: Final = 20
PRIVATE: Final = 40
"""The maximum of rooms to create, because an inbox is read as one page."""
REFUSALS: Final = frozenset({"forbidden", "not_found", "banned", "conflict"})
LEVELS: Final = ("all", "mentions", "none")
CHANGES: Final = (
    *("joinRoom", "createRoom", "leaveRoom", "invite", "removeMember", "ban", "unban"),
    *("setNotifications", "blockUser", "unblockUser"),
)


@attrs.define(eq=False)
class Rooms:
    """The rooms that clients have tried to create, whether they exist yet or not.

    ``private``: private rooms, each with a member who never leaves, so that the room can be read at
    the end. That member joins second, and so becomes the next owner.
    """

    public: list[str] = attrs.field(factory=list)
    private: dict[str, str] = attrs.field(factory=dict)

    def all(self) -> list[str]:
        return [*self.public, *self.private]


@attrs.define(eq=False)
class Mover:
    """:param people: users to write to.
    :param others: all movers, including this one.
    :param acknowledged: called for each acknowledged message.
    """

    name: str
    others: Sequence[str]
    people: Sequence[str]
    rooms: Rooms
    choose: random.Random
    acknowledged: Callable[[], None]
    retried: Counter[str] = attrs.field(factory=Counter)
    done: Counter[str] = attrs.field(factory=Counter)
    refused: Counter[str] = attrs.field(factory=Counter)
    duplicates: int = 0
    resumed: int = 0
    _number: int = 0
    _unsettled: deque[Call] = attrs.field(factory=deque)
    _roles: dict[str, str] = attrs.field(factory=dict)
    """Of the rooms of which it believes to be a member."""
    _revs: dict[str, int] = attrs.field(factory=dict)
    _epochs: dict[str, str] = attrs.field(factory=dict)
    """The epochs of the revs."""
    _watched: set[str] = attrs.field(factory=set)
    _heads: dict[str, int] = attrs.field(factory=dict)
    _own: deque[tuple[str, int]] = attrs.field(factory=lambda: deque(maxlen=OWN))

    @property
    def settled(self) -> bool:
        return not self._unsettled

    async def move(self, me: Recorded, go_on: Callable[[], bool]) -> None:
        """:raises Gone: the next session first retries the open calls, in the same order."""
        self.retried.update(call.method for call in self._unsettled)
        self._look_at(me.client.connected["inbox"])
        try:
            for room in sorted(self._watched):
                await self._subscribe(me, room)
            while self._unsettled or go_on():
                if not self._unsettled:
                    self._unsettled.extend(self._next())
                calls = [await begin(me, call.method, call.params) for call in self._unsettled]
                for number in calls:
                    await self._settle(me, number)
                self._hear(me)
                if self._roles and self.choose.random() < 0.1:
                    await self._subscribe(me, self.choose.choice(sorted(self._roles)))
        finally:
            self._hear(me)

    async def visit(self, me: Recorded) -> None:
        """List the members of all rooms at the end, then join and read each room if possible."""
        for entry in me.client.connected["inbox"]["rooms"]:
            if not entry["room"].startswith("@"):
                await ask(me, "listMembers", room=entry["room"])
        for room in self.rooms.public:
            try:
                await ask(me, "joinRoom", room=room)
            except CallFailed as failed:
                assert failed.reason == "banned", failed  # noqa: PT017 - other reasons are errors

    # ---- calls and their results

    async def _settle(self, me: Recorded, number: int) -> None:
        call = self._unsettled[0]
        try:
            result = await reply(me, number)
        except CallFailed as failed:
            if failed.reason not in REFUSALS:
                raise
            self.refused[call.method] += 1
        else:
            self.done[call.method] += 1
            call.told(result)
        self._unsettled.popleft()

    async def _subscribe(self, me: Recorded, room: str) -> None:
        """Resume from the last rev to the end, unless it is removed meanwhile."""
        more = True
        while more:
            since = self._revs.get(room, 0)
            epoch = self._epochs.get(room, me.client.connected["epoch"])
            try:
                page = await ask(
                    me, "subscribe", room=room, epoch=epoch, sinceRev=since, limit=PAGE
                )
            except CallFailed as failed:
                if failed.reason not in REFUSALS:
                    raise
                self._roles.pop(room, None)
                self._watched.discard(room)
                return
            assert page["recovered"], page["reason"]
            self._revs[room], more = page["nextRev"], page["hasMore"]
            self._epochs[room] = page["epoch"]
            self._roles[room], self._heads[room] = page["role"], page["headSeq"]
            self.resumed += len(page["messages"])
        self._watched.add(room)
        self._hear(me)

    def _look_at(self, inbox: Any) -> None:
        assert inbox["next"] is None
        rooms = [e["room"] for e in inbox["rooms"] if not e["room"].startswith("@")]
        self._roles = {room: self._roles.get(room, "member") for room in rooms}

    def _hear(self, me: Recorded) -> None:
        """Process the events received."""
        for event in me.client.untaken:
            params = event["params"]
            if event["method"] in ("newMessage", "messageChanged"):
                self._revs[params["room"]] = params["rev"]
                self._epochs[params["room"]] = params["epoch"]
            elif event["method"] == "memberChanged" and params["user"] == self.name:
                self._changed(params["room"], params["role"])
        me.drain()
        me.client.untaken.clear()

    def _changed(self, room: str, role: str | None) -> None:
        if role is None:
            self._roles.pop(room, None)
            self._watched.discard(room)
        else:
            self._roles[room] = role

    # ---- choosing the next calls

    def _next(self) -> list[Call]:
        what = self.choose.random()
        if what < 0.02 and (call := self._new_public()):
            return [call]
        if what < 0.05 and len(self.rooms.private) < PRIVATE:
            return self._new_private()
        return [call for _ in range(self.choose.randint(1, BURST)) for call in self._one()]

    def _new_public(self) -> Call | None:
        if len(self.rooms.public) >= PUBLIC:
            return None
        room = f"lane-{len(self.rooms.public)}"
        self.rooms.public.append(room)
        if self.choose.random() < 0.5:
            return self._join(room)
        return Call("createRoom", {"room": room, "visibility": "public"}, self._joined)

    def _new_private(self) -> list[Call]:
        """The member who never leaves joins before anything else happens in the room."""
        room = f"den-{len(self.rooms.private)}"
        heir = self.others[(self.others.index(self.name) + 1) % len(self.others)]
        self.rooms.private[room] = heir
        made = Call("createRoom", {"room": room, "visibility": "private"}, self._joined)
        return [made, Call("invite", {"room": room, "user": heir}, _ignore)]

    def _one(self) -> Iterator[Call]:
        choose = self.choose
        known, mine = self.rooms.all(), sorted(self._roles)
        owned = [room for room in mine if self._roles[room] == "owner"]
        what = choose.random()
        if what < 0.1 or not known:
            yield self._send({"to": choose.choice(self.people)})
        elif what < 0.13:
            yield self._send({"room": choose.choice(known)})
        elif what < 0.22:
            yield self._join(choose.choice(known))
        elif what < 0.24:
            yield self._block()
        elif what < 0.42 and owned:
            yield self._moderate(choose.choice(owned))
        elif what < 0.44:
            yield self._moderate(choose.choice(known))
        elif mine:
            yield from self._inside(choose.choice(mine))

    def _block(self) -> Call:
        """Block or unblock somebody, but not the one who invites this client as permanent
        member."""
        method = self.choose.choice(("blockUser", "unblockUser", "listBlocked"))
        if method == "listBlocked":
            return Call(method, {}, _ignore)
        host = self.others[self.others.index(self.name) - 1]
        others = [other for other in self.others if other not in (self.name, host)]
        return Call(method, {"user": self.choose.choice(others)}, _ignore)

    def _inside(self, room: str) -> Iterator[Call]:
        what, own = self.choose.random(), [place for place in self._own if place[0] == room]
        head = self._heads.get(room, 0)
        if what < 0.08:
            if self.rooms.private.get(room) != self.name:
                yield Call("leaveRoom", {"room": room}, _ignore)
        elif what < 0.16:
            yield Call(self.choose.choice(("listMembers", "getUnread")), {"room": room}, _ignore)
        elif what < 0.22:
            level = self.choose.choice(LEVELS)
            yield Call("setNotifications", {"room": room, "level": level}, _ignore)
        elif what < 0.3 and head:
            seq = self.choose.randint(1, head)
            yield Call("markRead", {"room": room, "seq": seq}, _ignore)
        elif what < 0.36 and own:
            self._number += 1
            seq, text = self.choose.choice(own)[1], f"{self.name} edited {self._number}"
            yield Call("editMessage", {"room": room, "seq": seq, "text": text}, _ignore)
        elif what < 0.4 and head and self._roles[room] == "owner":
            seq = self.choose.randint(1, head)
            yield Call("deleteMessage", {"room": room, "seq": seq}, _ignore)
        else:
            yield self._send({"room": room})

    def _moderate(self, room: str) -> Call:
        method = self.choose.choice(("invite", "invite", "removeMember", "ban", "unban"))
        stays = self.rooms.private.get(room)
        user = self.choose.choice([name for name in self.others if name != stays])
        return Call(method, {"room": room, "user": user}, _ignore)

    def _join(self, room: str) -> Call:
        return Call("joinRoom", {"room": room}, self._joined)

    def _joined(self, result: Any) -> None:
        self._roles[result["room"]] = result["role"]

    def _send(self, place: dict[str, str]) -> Call:
        self._number += 1
        key = f"{self.name} {self._number}"
        text = f"{key} @{self.choose.choice(self.others)}" if self._number % 10 == 0 else key
        return Call("sendMessage", {**place, "text": text, "clientId": key}, self._sent)

    def _sent(self, result: Any) -> None:
        self._own.append((result["room"], result["seq"]))
        self._heads[result["room"]] = result["seq"]
        self.duplicates += result["duplicate"]
        self.acknowledged()


def _ignore(result: Any) -> None:
    pass
