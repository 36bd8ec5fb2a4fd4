"""Good histories: a simulation of a chat server that decides as the reference model. Pure.

Users with several sessions send, retry, edit, delete, read, join and leave. The server sometimes
crashes and prunes, and the operator deletes a room. A call in progress is first a request in
transit, then frames in the queue of its session. Anything may happen in between.
"""

import copy
import random
from collections import deque
from typing import Any, Final

import attrs

from chatroom.model import Message
from chatroom.store.events import (
    MessageChanged,
    MessagePosted,
    NotificationLevelSet,
    ReadCursorMoved,
    ThreadFollowed,
)
from chatroom.store.reactions import ReactionChange

from ..reference import ChatModel, Done, Refusal, SessionsModel, wire
from .cursors import COPIED, PUT_BACK, STARTED
from .entries import Begin, End, Entry, Fact, Json, Saw, user_of
from .notifications import NOTIFIED, NOTIFIES

PEOPLE: Final = ("alice", "bob", "carol", "dave")
"""alice owns the rooms and never leaves them, except the yard, where memberships change. dave is
never a member of the private room."""
OPERATOR: Final = "operator"
ATTIC: Final = "attic"
"""The room that is deleted."""
OWNER: Final = "bob"
"""The user with a device that is notified."""
GRACE_MS: Final = 40
GRACE_NS: Final = GRACE_MS * 1_000_000
PUBLIC: Final = ("lobby", "yard", ATTIC)
ROOMS: Final = (*PUBLIC, "den", "@alice:bob", "@bob:carol")
PAGE: Final = 7
SOMETIMES_REFUSED: Final = frozenset(
    {
        *("sendMessage", "editMessage", "deleteMessage", "markRead", "deleteRoom"),
        *("addReaction", "removeReaction", "pinMessage", "unpinMessage", "setProfile"),
        *("followThread", "unfollowThread"),
    }
)


@attrs.define(eq=False)
class SimSession:
    """A session. ``line``: frames in transit, replies as (number, outcome, seen) and events as
    (what, value). ``revs``: the client's cursors by room, as rev and epoch.
    """

    process: str
    line: deque[tuple[Any, ...]] = attrs.field(factory=deque)
    calls: dict[int, tuple[str, Json]] = attrs.field(factory=dict)
    revs: dict[str, tuple[int, str]] = attrs.field(factory=dict)

    @property
    def user(self) -> str:
        return user_of(self.process)


class Simulation:
    """A running simulation. ``entries`` is the recording. See :func:`.people.history`."""

    def __init__(self, seed: int) -> None:
        self.choose = random.Random(seed)  # noqa: S311 - to be repeated
        self.entries = list[Entry]()
        self.chat = ChatModel(epochs=["life 1"], users=set(PEOPLE))
        self.unanswered = dict[str, list[Json]]()
        self.kept = set[str]()
        self.sessions = dict[str, SimSession]()
        self.subscriptions = SessionsModel()
        self.counts = dict.fromkeys((*PEOPLE, OPERATOR), 0)
        self.time = self.numbers = self.texts = 0
        self.lives = 1
        # Notifications take no part in the choices of the rest, so that these stay as they are.
        self.chance = random.Random(f"notifications {seed}")  # noqa: S311 - to be repeated
        self.waiting = deque[tuple[int, Message]]()
        self.notified = list[Message]()

    # ---- recording

    def now(self) -> int:
        self.time += self.choose.randint(1, 1000)
        return self.time * 1000

    def disconnect(self, user: str) -> None:
        for process in self.subscriptions.of(user):
            self.subscriptions.go(process)
            del self.sessions[process]

    def connect(self, user: str, revs: dict[str, tuple[int, str]] | None = None) -> SimSession:
        self.counts[user] += 1
        session = SimSession(f"{user}#{self.counts[user]}", revs=dict(revs or {}))
        self.sessions[session.process] = session
        self.subscriptions.come(session.process, user)
        return session

    def begin(self, session: SimSession, method: str, **args: Any) -> int:
        self.numbers += 1
        self.entries.append(Begin(self.numbers, self.now(), session.process, method, args))
        session.calls[self.numbers] = method, args
        return self.numbers

    def end(self, number: int, outcome: Any, seen: Json) -> None:
        self.entries.append(End(number, self.now(), outcome, seen))

    # ---- serving

    def serve(self, session: SimSession, number: int) -> None:
        """Perform a call, and queue its reply and events."""
        method, args = session.calls.pop(number)
        luck = self.choose.random() if method in SOMETIMES_REFUSED else 0.5
        try:
            if luck < 0.04:
                raise Refusal("storage_full")
            done = self.chat.call(session.user, method, args, self.time)
        except Refusal as refusal:
            session.line.append((number, "fail", {"reason": refusal.reason}))
            return
        if luck > 0.97:
            session.line.append((number, "info", {"reason": "internal"}))
            if method == "sendMessage":
                self.unanswered.setdefault(session.user, []).append(args)
        else:
            session.line.append((number, "ok", wire(done.result)))
        for each in (done, *done.handovers):
            self._tell(session, method, each)

    def _tell(self, session: SimSession, method: str, done: Done) -> None:
        for process, change in self.subscriptions.handle(session.process, method, done):
            self.sessions[process].line.append((change.event, wire(change)))
        for event in done.events:
            if isinstance(event, MessagePosted):
                if event.message.sender != OWNER and event.message.thread is None:
                    self.waiting.append((self.time + GRACE_MS * 1000, event.message))
                self._tell_message("newMessage", event.message)
            elif isinstance(event, MessageChanged) and event.reaction is not None:
                self._tell_reaction(event.message, event.reaction)
            elif isinstance(event, MessageChanged):
                self._tell_message("messageChanged", event.message)
            elif isinstance(event, ThreadFollowed):
                self._tell_thread(done.room, event.user, event.root)
            elif isinstance(event, ReadCursorMoved | NotificationLevelSet):
                self._tell_unread(done.room, event.user, self.subscriptions.of(event.user))

    def _tell_message(self, what: str, message: Message) -> None:
        value = wire(message) | {"epoch": self.chat.epochs[-1]}
        watchers = self.subscriptions.watchers(message.room)
        for process in watchers:
            self.sessions[process].line.append((what, value))
        for user in sorted(self.chat.rooms[message.room].members):
            others = [each for each in self.subscriptions.of(user) if each not in watchers]
            self._tell_unread(message.room, user, others)

    def _tell_reaction(self, message: Message, change: ReactionChange) -> None:
        place = {"room": message.room, "seq": message.seq, "rev": message.rev}
        value = place | wire(change) | {"epoch": self.chat.epochs[-1]}
        for process in self.subscriptions.watchers(message.room):
            self.sessions[process].line.append(("reactionsChanged", value))

    def _tell_unread(self, room: str, user: str, processes: list[str]) -> None:
        entry = wire(self.chat.entry(room, user)) if processes else {}
        for process in processes:
            self.sessions[process].line.append(("unread", entry))

    def _tell_thread(self, room: str, user: str, root: int) -> None:
        thread = self.chat.rooms[room].followed(user, root)
        value = {
            "room": room,
            "thread": root,
            "readSeq": thread.read_seq,
            "unread": thread.unread,
            "mentions": thread.mentions,
            "following": True,
        }
        for process in self.subscriptions.of(user):
            self.sessions[process].line.append(("threadUnread", value))

    # ---- notifications

    def add_device(self) -> None:
        self.entries.append(Fact(NOTIFIES, self.time * 1000, {"graceMs": GRACE_MS}))
        self.numbers += 1
        url = {"endpoint": "https://push.example/1"}
        process, at = f"{OWNER}#1", self.time * 1000
        self.entries.append(Begin(self.numbers, at, process, "addPushEndpoint", url))
        self.entries.append(End(self.numbers, at, "ok", {}))

    def notify(self) -> None:
        """Notify the device of what has waited for the grace time, and is still wanted."""
        while self.waiting and self.waiting[0][0] <= self.time:
            _, posted = self.waiting.popleft()
            message = self._wanted(posted.room, posted.seq)
            if message is not None:
                self.notified.append(posted)
                text = {
                    "id": f"{message.room}:{message.seq}:{OWNER}",
                    "room": message.room,
                    "seq": message.seq,
                    "sender": message.sender,
                    "text": message.text,
                }
                value = {"notification": text}
                self.entries.append(Saw(NOTIFIED, self.time * 1000, f"{OWNER}#device", value))

    def _wanted(self, name: str, seq: int) -> Message | None:
        room = self.chat.rooms.get(name)
        message, member = (room.log.get(seq), room.members.get(OWNER)) if room else (None, None)
        if message is None or message.deleted or member is None or member.level != "all":
            return None
        unwanted = member.read_seq >= seq or (OWNER, message.sender) in self.chat.blocks
        return None if unwanted else message

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
                self.resume(session, seen["room"])

    def resume(self, session: SimSession, room: str) -> None:
        rev, epoch = session.revs[room]
        self.begin(session, "subscribe", room=room, sinceRev=rev, epoch=epoch, limit=PAGE)

    # ---- crashes, and a copy of the data directory

    def copy(self) -> dict[str, Any]:
        """Copy the data directory. No call may be in progress."""
        self.entries.append(Fact(COPIED, self.now(), {}))
        names = ("chat", "unanswered", "waiting", "kept")
        return copy.deepcopy({name: getattr(self, name) for name in names})

    def put_back(self, copied: dict[str, Any]) -> None:
        """Restore a copy. All clients reconnect with their cursors from the undone time."""
        gone = self._kill()
        vars(self).update(copied)
        self.notified.clear()
        self.entries.append(Fact(PUT_BACK, self.now(), {}))
        self._start_again(gone)

    def crash(self) -> None:
        """Crash and restart. Some calls in progress are done, none is answered, and all clients
        reconnect."""
        self._start_again(self._kill())
        self.chat.erase()

    def _kill(self) -> list[SimSession]:
        self.entries.append(Fact("killed", self.now(), {}))
        gone = list(self.sessions.values())
        for session in gone:
            for _ in range(self.choose.randint(0, len(session.line))):
                self.deliver(session)
        for session in gone:
            lost = [frame[0] for frame in session.line if len(frame) == 3]
            for number in list(session.calls):
                method, args = session.calls[number]
                if method == "sendMessage":
                    self.unanswered.setdefault(session.user, []).append(args)
                if self.choose.random() < 0.5:
                    self.serve(session, number)
                lost.append(number)
            for number in sorted(set(lost)):
                if self.choose.random() < 0.7:  # the others have no end
                    self.end(number, "info", {"reason": "closed"})
        self.sessions.clear()
        self.subscriptions = SessionsModel()
        return gone

    def _start_again(self, gone: list[SimSession]) -> None:
        self.lives += 1
        if self.notified and self.chance.random() < 0.7:  # nobody knows that the last one was sent
            self.waiting.appendleft((self.time, self.notified[-1]))
        self.notified.clear()
        self.chat.restart(f"life {self.lives}")
        self.entries.append(Fact(STARTED, self.now(), {}))
        for session in gone:
            again = self.connect(session.user, session.revs)
            for room in session.revs:
                self.resume(again, room)
