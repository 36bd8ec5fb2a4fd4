"""Good histories: a chat server that keeps protocol.md, simulated in one step after another. Pure.

People with several sessions each send, send again, edit, delete, read, join and leave, while the
server now and then crashes, and prunes. What is under way is a call on its way, then its frames in
the line of its session; anything may happen in between.
"""

import copy
import random
from typing import Any, Final

from .calls import direct
from .cursors import COPIED, PUT_BACK, STARTED
from .entries import Begin, End, Entry, Fact, Json, Saw
from .simulated_rooms import Refused, SimRoom, SimSession, mentions

PEOPLE: Final = ("alice", "bob", "carol", "dave")
"""alice owns the rooms and stays in them, but for the yard, where people come and go; dave is never
in the private one."""
ROOMS: Final = ("lobby", "den", "yard", "@alice:bob", "@bob:carol")
PAGE: Final = 7


ON_DISK: Final = ("rooms", "blocks", "originals", "epochs", "unanswered")
"""The part of a simulation that a copy holds, and the calls that people still have to send then."""


class Simulation:
    """``entries`` are what was recorded; :func:`history` is how to get one."""

    def __init__(self, seed: int) -> None:
        self.choose = random.Random(seed)  # noqa: S311 - to be repeated
        self.entries = list[Entry]()
        self.rooms = {name: SimRoom(private=name not in ("lobby", "yard")) for name in ROOMS}
        self.blocks = set[tuple[str, str]]()
        self.originals = dict[tuple[str, str], Json]()
        self.sessions = list[SimSession]()
        self.unanswered = dict[str, list[Json]]()
        self.counts = dict.fromkeys(PEOPLE, 0)
        self.numbers = self.time = self.texts = 0
        self.lives = 1
        self.epochs = ["life 1"]
        for room, by in (("lobby", "alice"), ("den", "alice")):
            self.rooms[room].members[by] = None
            self.rooms[room].cursors[by] = 0
        for name in ROOMS[3:]:
            self.rooms[name].members = dict.fromkeys(name[1:].split(":"))
            self.rooms[name].cursors = dict.fromkeys(self.rooms[name].members, 0)

    @property
    def epoch(self) -> str:
        return self.epochs[-1]

    # ---- recording

    def now(self) -> int:
        self.time += self.choose.randint(1, 1000)
        return self.time * 1000

    def connect(self, user: str, revs: dict[str, tuple[int, str]] | None = None) -> SimSession:
        self.counts[user] += 1
        session = SimSession(f"{user}#{self.counts[user]}", revs=dict(revs or {}))
        self.sessions.append(session)
        return session

    def begin(self, session: SimSession, method: str, **args: Any) -> int:
        self.numbers += 1
        self.entries.append(Begin(self.numbers, self.now(), session.process, method, args))
        session.calls[self.numbers] = method, args
        return self.numbers

    def end(self, number: int, outcome: Any, seen: Json) -> None:
        self.entries.append(End(number, self.now(), outcome, seen))

    # ---- the server

    def serve(self, session: SimSession, number: int) -> None:
        """Does what was asked; the reply and all events go onto their lines."""
        method, args = session.calls.pop(number)
        luck = self.choose.random()
        try:
            if method in SOMETIMES_REFUSED and luck < 0.04:
                raise Refused("storage_full")
            seen = getattr(self, method)(session, **args)
        except Refused as refused:
            session.line.append((number, "fail", {"reason": str(refused)}))
            return
        if method in SOMETIMES_REFUSED and luck > 0.97:
            reply = (number, "info", {"reason": "internal"})
            if method == "sendMessage":
                self.unanswered.setdefault(session.user, []).append(args)
        else:
            reply = (number, "ok", seen)
        # A reply precedes what its own call brought about.
        session.line.insert(len(session.line) - self._own(session, seen), reply)

    def _own(self, session: SimSession, seen: Json) -> int:
        """How many events at the end of the line the call has just brought about."""
        line, rev = session.line, seen.get("rev")
        last = line[-1] if line else ()
        return int(rev is not None and len(last) == 2 and last[1].get("rev") == rev)

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

    # ---- the network

    def deliver(self, session: SimSession) -> None:
        frame = session.line.popleft()
        if len(frame) == 2:
            what, value = frame
            self.entries.append(Saw(what, self.now(), session.process, value))
            if "rev" in value:
                session.revs[value["room"]] = value["rev"], value["epoch"]
            return
        number, outcome, seen = frame
        self.end(number, outcome, seen)
        if "nextRev" in seen:
            session.revs[seen["room"]] = seen["nextRev"], seen["epoch"]
            if seen["hasMore"]:
                args = {"room": seen["room"], "sinceRev": seen["nextRev"], "epoch": seen["epoch"]}
                self.begin(session, "subscribe", **args)

    def start(self) -> None:
        self.lives += 1
        self.epochs.append(f"life {self.lives}")
        self.entries.append(Fact(STARTED, self.now(), {}))

    # ---- a copy of the data directory

    def copy(self) -> dict[str, Any]:
        """When nothing is under way."""
        self.entries.append(Fact(COPIED, self.now(), {}))
        return copy.deepcopy({name: getattr(self, name) for name in ON_DISK})

    def put_back(self, copied: dict[str, Any]) -> None:
        """Everybody comes back with what they have heard of the time that is undone."""
        gone = self._kill()
        vars(self).update(copied)
        self.entries.append(Fact(PUT_BACK, self.now(), {}))
        self._start_again(gone)

    def crash(self) -> None:
        """Some of what was under way is done, none of it is answered; everybody comes back."""
        self._start_again(self._kill())

    def _kill(self) -> list[SimSession]:
        self.entries.append(Fact("killed", self.now(), {}))
        gone, self.sessions = self.sessions, []
        for session in gone:
            heard = self.choose.randint(0, len(session.line))
            for _ in range(heard):
                self.deliver(session)
            lost = [frame[0] for frame in session.line if len(frame) == 3]
            for number in list(session.calls):
                method, args = session.calls[number]
                if method == "sendMessage":
                    self.unanswered.setdefault(session.user, []).append(args)
                if self.choose.random() < 0.5:
                    self.serve(session, number)
                lost.append(number)
            for number in sorted(lost):
                if self.choose.random() < 0.7:  # the others just have no end
                    self.end(number, "info", {"reason": "closed"})
        return gone

    def _start_again(self, gone: list[SimSession]) -> None:
        self.start()
        for session in gone:
            again = self.connect(session.user, session.revs)
            for name, (rev, epoch) in session.revs.items():
                self.begin(again, "subscribe", room=name, sinceRev=rev, epoch=epoch)


SOMETIMES_REFUSED: Final = frozenset({"sendMessage", "editMessage", "deleteMessage", "markRead"})
