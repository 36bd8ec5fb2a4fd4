"""The calls of a simulated server, as in docs/protocol.md. Pure.

:mod:`.simulated` passes calls to it, and delivers replies and events.
"""

from typing import Any, Final

from .calls import direct
from .entries import Json
from .simulated_rooms import Refused, SimRoom, SimSession, mentions

PEOPLE: Final = ("alice", "bob", "carol", "dave")
"""alice owns the rooms and never leaves them, except the yard, where memberships change. dave is
never a member of the private room."""
OPERATOR: Final = "operator"
ATTIC: Final = "attic"
"""The room that is deleted."""
PUBLIC: Final = ("lobby", "yard", ATTIC)
ROOMS: Final = (*PUBLIC, "den", "@alice:bob", "@bob:carol")
PAGE: Final = 7


class SimServer:
    """Methods have the names of the calls."""

    def __init__(self) -> None:
        self.rooms = {name: SimRoom(private=name not in PUBLIC) for name in ROOMS}
        self.blocks = set[tuple[str, str]]()
        self.originals = dict[tuple[str, str], Json]()
        self.sessions = list[SimSession]()
        self.epochs = ["life 1"]
        self.time = 0
        for room in ("lobby", "den", ATTIC):
            self.rooms[room].members["alice"] = None
            self.rooms[room].cursors["alice"] = 0
        for name in ROOMS[ROOMS.index("den") + 1 :]:
            self.rooms[name].members = dict.fromkeys(name[1:].split(":"))
            self.rooms[name].cursors = dict.fromkeys(self.rooms[name].members, 0)

    @property
    def epoch(self) -> str:
        return self.epochs[-1]

    def tell(self, name: str, what: str, message: Json) -> None:
        for session in self.sessions:
            if name in session.watching:
                session.line.append((what, {**message, "epoch": self.epoch}))
        for user in sorted(self.rooms[name].members):
            self.tell_unread(name, user)

    def tell_unread(self, name: str, user: str, to_all: bool = False) -> None:
        for session in self.sessions:
            if session.user == user and (to_all or name not in session.watching):
                session.line.append(("unread", self.rooms[name].entry(name, user)))

    def room(self, session: SimSession, name: str) -> SimRoom:
        room = self.rooms[name]
        if session.user not in room.members:
            raise Refused("not_found" if room.private else "forbidden")
        return room

    def owned(self, session: SimSession, name: str) -> SimRoom:
        room = self.room(session, name)
        if room.role(session.user) != "owner":
            raise Refused("forbidden")
        return room

    def sendMessage(self, session: SimSession, **args: Any) -> Json:  # noqa: N802
        name = args["room"] if "room" in args else direct(session.user, args["to"])
        key = session.user, str(args.get("clientId"))
        if key in self.originals:
            return {**self.originals[key], "duplicate": True}
        room = self.room(session, name)
        self.require_unblocked(session, name)
        room.rise(self.epoch)
        sent = {"room": name, "seq": room.head + 1, "rev": room.rev, "timestamp": self.time}
        message = {**sent, "sender": session.user, "text": args["text"]}
        if there := mentions(args["text"], session.user, room.members):
            message["mentions"] = there
        if "clientId" in args:
            message["clientId"] = args["clientId"]
            self.originals[key] = sent
        room.messages.append(message)
        self.tell(name, "newMessage", message)
        return {**sent, "duplicate": False}

    def change(self, room: SimRoom, name: str, seq: int, **changes: Any) -> Json:
        room.rise(self.epoch)
        message = {**room.messages[seq - 1], "rev": room.rev, **changes}
        room.messages[seq - 1] = message
        self.tell(name, "messageChanged", message)
        return {"rev": room.rev}

    def editMessage(self, session: SimSession, room: str, seq: int, text: str) -> Json:  # noqa: N802
        was = self.room(session, room).messages[seq - 1]
        if was["sender"] != session.user or was.get("deleted") or seq < self.rooms[room].first:
            raise Refused("forbidden")
        self.require_unblocked(session, room)
        there = mentions(text, session.user, self.rooms[room].members)
        edited = {"text": text, "editedAt": self.time, "mentions": there}
        return self.change(self.rooms[room], room, seq, **edited)

    def deleteMessage(self, session: SimSession, room: str, seq: int) -> Json:  # noqa: N802
        was = self.room(session, room).messages[seq - 1]
        if was["sender"] != session.user or seq < self.rooms[room].first:
            raise Refused("forbidden")
        if was.get("deleted"):
            return {"rev": was["rev"]}
        return self.change(self.rooms[room], room, seq, text="", deleted=True, mentions=[])

    def markRead(self, session: SimSession, room: str, seq: int) -> Json:  # noqa: N802
        there = self.room(session, room)
        if seq > there.cursors[session.user]:
            there.cursors[session.user] = seq
            self.tell_unread(room, session.user, to_all=True)
        return there.entry(room, session.user)

    def setNotifications(self, session: SimSession, room: str, level: str) -> Json:  # noqa: N802
        there = self.room(session, room)
        there.levels[session.user] = level
        self.tell_unread(room, session.user, to_all=True)
        return there.entry(room, session.user)

    # ---- membership

    def createRoom(self, session: SimSession, room: str, visibility: str) -> Json:  # noqa: N802
        seen = {"room": room, "readSeq": 0, "headSeq": 0, "visibility": visibility}
        return {**seen, "role": "owner", "created": True}

    def joinRoom(self, session: SimSession, room: str) -> Json:  # noqa: N802
        there = self.rooms[room]
        if there.retired:
            raise Refused("conflict")
        if session.user not in there.members:
            if there.private or session.user in there.banned:
                raise Refused("not_found" if there.private else "banned")
            self.enter(room, session.user)
        seen = {"room": room, "readSeq": there.cursors[session.user], "headSeq": there.head}
        return {**seen, "role": there.role(session.user), "created": False}

    def invite(self, session: SimSession, room: str, user: str) -> Json:
        there = self.owned(session, room)
        if user in there.banned:
            raise Refused("banned")
        if user not in there.members:
            if (user, session.user) in self.blocks:
                raise Refused("forbidden")
            self.enter(room, user)
        return {}

    def enter(self, name: str, user: str) -> None:
        room = self.rooms[name]
        room.members[user] = None
        room.cursors[user] = room.head
        room.levels.pop(user, None)
        self.tell_change(name, user)

    def removeMember(self, session: SimSession, room: str, user: str) -> Json:  # noqa: N802
        there = self.owned(session, room)
        if user not in there.members or user == session.user:
            raise Refused("forbidden" if user in there.members else "not_found")
        self.go(room, user)
        return {}

    def ban(self, session: SimSession, room: str, user: str) -> Json:
        there = self.owned(session, room)
        if user == session.user:
            raise Refused("forbidden")
        there.banned.add(user)
        if user in there.members:
            self.go(room, user)
        return {}

    def unban(self, session: SimSession, room: str, user: str) -> Json:
        self.owned(session, room).banned.discard(user)
        return {}

    def leaveRoom(self, session: SimSession, room: str) -> Json:  # noqa: N802
        there = self.room(session, room)
        owned = there.role(session.user) == "owner"
        self.go(room, session.user)
        if owned and there.members:
            self.tell_change(room, next(iter(there.members)))
        return {}

    def go(self, name: str, user: str) -> None:
        del self.rooms[name].members[user]
        self.tell_change(name, user)
        for session in self.sessions:
            if session.user == user:
                session.watching.discard(name)

    def tell_change(self, name: str, user: str) -> None:
        change = {"room": name, "user": user, "role": self.rooms[name].role(user)}
        for session in self.sessions:
            if name in session.watching or session.user == user:
                session.line.append(("memberChanged", change))

    def listMembers(self, session: SimSession, room: str) -> Json:  # noqa: N802
        there = self.room(session, room)
        members = [{"user": user, "role": there.role(user)} for user in sorted(there.members)]
        return {"members": members, "next": None}

    # ---- blocks

    def blockUser(self, session: SimSession, user: str) -> Json:  # noqa: N802
        self.blocks.add((session.user, user))
        return {}

    def unblockUser(self, session: SimSession, user: str) -> Json:  # noqa: N802
        self.blocks.discard((session.user, user))
        return {}

    def listBlocked(self, session: SimSession) -> Json:  # noqa: N802
        names = sorted(name for user, name in self.blocks if user == session.user)
        return {"users": [{"name": n, "displayName": n} for n in names], "next": None}

    def require_unblocked(self, session: SimSession, name: str) -> None:
        if name.startswith("@"):
            for other in name[1:].split(":"):
                if (other, session.user) in self.blocks:
                    raise Refused("forbidden")

    # ---- deletion

    def deleteRoom(self, session: SimSession, room: str) -> Json:  # noqa: N802
        there = self.rooms[room]
        if there.retired:
            raise Refused("not_found")
        for user in list(there.members):
            del there.members[user]
            self.tell_gone(room, user)
        self.rooms[room] = SimRoom(private=True, retired=True)
        return {}

    def tell_gone(self, name: str, user: str) -> None:
        """Watchers of the room are not told of each other."""
        for other in self.sessions:
            if other.user == user:
                other.watching.discard(name)
                other.line.append(("memberChanged", {"room": name, "user": user, "role": None}))

    def erase(self) -> None:
        """Forget the clientIds of deleted rooms."""
        self.originals = {
            key: sent
            for key, sent in self.originals.items()
            if not self.rooms[sent["room"]].retired
        }

    # ---- reading

    def subscribe(self, session: SimSession, **args: Any) -> Json:
        name, since = args["room"], args.get("sinceRev")
        room = self.room(session, name)
        seen = {"room": name, "epoch": self.epoch, "firstSeq": room.first, "headSeq": room.head}
        seen |= {"headRev": room.rev, "readSeq": room.cursors[session.user], "recovered": False}
        messages, more = room.kept()[-PAGE:], False
        good = since is not None and since <= room.last_valid_rev(self.epochs, args["epoch"])
        if since is not None and not good:
            seen["reason"] = "epoch_changed"
        elif since is not None and room.first == 1:
            later = sorted((m for m in room.messages if m["rev"] > since), key=lambda m: m["rev"])
            messages, more, seen["recovered"] = later[:PAGE], len(later) > PAGE, True
        next_rev = messages[-1]["rev"] if more else room.rev
        (session.watching.discard if more else session.watching.add)(name)
        return {**seen, "messages": messages, "hasMore": more, "nextRev": next_rev}

    def getHistory(self, session: SimSession, room: str, **bounds: int) -> Json:  # noqa: N802
        there = self.room(session, room)
        kept = there.kept()
        if "after" in bounds:
            page = [m for m in kept if m["seq"] > bounds["after"]][:PAGE]
        else:
            page = [m for m in kept if m["seq"] < bounds.get("before", there.head + 1)][-PAGE:]
        seen = {"room": room, "epoch": self.epoch, "firstSeq": there.first, "headSeq": there.head}
        return {**seen, "messages": page}

    def getInbox(self, session: SimSession) -> Json:  # noqa: N802
        user = session.user
        rooms = [r.entry(n, user) for n, r in self.rooms.items() if user in r.members]
        unread = sum(entry["unread"] for entry in rooms)
        total = sum(entry["mentions"] for entry in rooms)
        return {"unread": unread, "mentions": total, "rooms": rooms, "next": None}

    def prune(self, name: str) -> None:
        room = self.rooms[name]
        room.first = max(room.first, room.head // 3)
        for user, read in room.cursors.items():
            room.cursors[user] = max(read, room.first - 1)
