"""A topic per room that somebody follows: who watches it, whose inbox is awake, what was told last.

Knows members only as far as they listen: whoever registers a watcher or an inbox has checked
membership in the same step, and the step that ends a membership takes them out (I5).
"""

from collections import Counter, deque
from collections.abc import Iterable
from typing import Any, Final

import attrs
import trio

from ..model import Message
from ..wire import protocol
from ..wire.codec import encode_event, encode_message_event
from ..wire.frames import text_frame
from .line import Line

RECENT: Final = 512
"""Messages kept for who subscribes while more come in; past that the log is read again."""
RECENT_CHARS: Final = 1 << 18
"""Of their texts, so that what follows a subscription leaves space in an outbox (1 MiB of it)."""
UNREAD_BYTES: Final = 1024
"""About the size of an ``unread`` event, whose message is cut."""
TYPING_S: Final = 5
"""After this long a further sign is news again: before clients drop the last one, after 6 s."""


@attrs.define
class _Recent:
    method: str
    message: Message
    entry: object
    frame: bytes | None


@attrs.define(eq=False)
class Topic:
    """``rev`` is up to where the room was told, None while its actor has not been awake;
    ``members`` counts all, listening or not. ``untold``: something may be committed that nobody
    was told of; it outlives a room actor that fails in between.
    """

    room: str
    epoch: str
    members: int = 0
    rev: int | None = None
    awake: bool = False
    untold: bool = False
    watchers: dict[str, Line] = attrs.field(factory=dict)
    watching: Counter[str] = attrs.field(factory=Counter)
    """How many of a person's sessions watch."""
    inboxes: set[str] = attrs.field(factory=set)
    online: int = 0
    """How many of ``inboxes`` are of people who are online."""
    typing: dict[str, float] = attrs.field(factory=dict)
    _recent: deque[_Recent] = attrs.field(factory=deque, init=False)
    _recent_chars: int = attrs.field(default=0, init=False)

    def publish_message(self, method: str, message: Message, entry: object) -> None:
        """``newMessage`` or ``messageChanged``; encoded once for all, and not at all for none.

        ``entry`` is what it follows from, kept for inboxes that were not told: see
        :meth:`entries_since`.
        """
        frame = None
        if self.watchers:
            frame = text_frame(encode_message_event(method, message, self.epoch))
            for line in self.watchers.values():
                line.push(frame)
        self.rev = message.rev
        self._recent.append(_Recent(method, message, entry, frame))
        self._recent_chars += len(message.text)
        while len(self._recent) > RECENT or self._recent_chars > RECENT_CHARS:
            self._recent_chars -= len(self._recent.popleft().message.text)

    def forget(self) -> None:
        """What was told is read from the log from now on."""
        self._recent.clear()
        self._recent_chars = 0

    def since(self, rev: int) -> list[bytes] | None:
        """The frames of all messages told after that rev; None when not all are kept."""
        told = self._told_since(rev)
        if told is None:
            return None
        frames = []
        for recent in told:
            if recent.frame is None:
                body = encode_message_event(recent.method, recent.message, self.epoch)
                recent.frame = text_frame(body)
            frames.append(recent.frame)
        return frames

    def entries_since(self, rev: int) -> list[Any] | None:
        """The entries of all messages told after that rev; None when not all are kept."""
        told = self._told_since(rev)
        return None if told is None else [recent.entry for recent in told]

    def _told_since(self, rev: int) -> list[_Recent] | None:
        missed = (self.rev or 0) - rev
        if missed > len(self._recent):
            return None
        # Walks from the newest: the ring is long, and few are missed.
        told = [recent for _, recent in zip(range(missed), reversed(self._recent), strict=False)]
        told.reverse()
        return told

    def publish(self, method: str, params: object, *, beside: str | None = None) -> None:
        """An event that nothing hangs on goes out as ephemeral; ``beside``: not to that person."""
        frame = None
        for line in self.watchers.values():
            if line.user != beside:
                frame = frame or text_frame(encode_event(method, params))
                if isinstance(params, protocol.Presence):
                    line.push_state(params.user, frame)
                else:
                    line.push(frame, ephemeral=isinstance(params, protocol.Typing))

    def set_typing(self, user: str, typing: bool) -> None:
        """On change only."""
        now = trio.current_time()
        was = now - self.typing.get(user, -TYPING_S) < TYPING_S
        if typing and not was:
            self.typing[user] = now
        elif not typing:
            self.typing.pop(user, None)
        if was != typing:
            event = protocol.Typing(room=self.room, user=user, typing=typing)
            self.publish("typing", event, beside=user)


@attrs.frozen
class _Arrival:
    """What happens while an inbox reads its rooms, from that many moves on."""

    moves: int
    left: set[str] = attrs.field(factory=set)


class Topics:
    """All topics; one exists while its room is awake or anybody listens."""

    def __init__(self, epoch: str) -> None:
        self._epoch = epoch
        self._by_room: dict[str, Topic] = {}
        self._by_user: dict[str, set[str]] = {}
        self._online: set[str] = set()
        # Of people whose inbox is awake: rooms that they left, and rooms that none of their
        # sessions watches any more, since the inbox asked last; and who had no session meanwhile.
        self._left: dict[str, set[str]] = {}
        self._unwatched: dict[str, set[str]] = {}
        self._alone: set[str] = set()
        self._arriving: dict[str, _Arrival] = {}
        # Rooms that moved on while anybody arrives, with the number of their last move: so that a
        # commit costs the same however many come back at once.
        self._moved: dict[str, int] = {}
        self._moves = 0

    def __len__(self) -> int:
        return len(self._by_room)

    def get(self, room: str) -> Topic | None:
        return self._by_room.get(room)

    def open(self, room: str) -> Topic:
        """For the room itself, which keeps the topic until :meth:`close`."""
        topic = self._open(room)
        topic.awake = True
        return topic

    def close(self, topic: Topic) -> None:
        topic.awake = False
        topic.forget()
        self._drop_if_idle(topic)

    def watch(self, room: str, line: Line) -> None:
        topic = self._open(room)
        if room not in line.watching:
            topic.watching[line.user] += 1
        topic.watchers[line.session] = line
        line.watching.add(room)

    def unwatch(self, room: str, line: Line) -> None:
        if room not in line.watching:
            return
        line.watching.discard(room)
        topic = self._by_room[room]
        del topic.watchers[line.session]
        topic.watching[line.user] -= 1
        if not topic.watching[line.user]:
            del topic.watching[line.user]
            if line.user in topic.inboxes:
                self._unwatched.setdefault(line.user, set()).add(room)
        self._drop_if_idle(topic)

    def arriving(self, user: str) -> None:
        """That person's inbox is about to read its rooms, and then to follow them."""
        self._arriving[user] = _Arrival(self._moves)

    def arrived(self, user: str, rooms: Iterable[str]) -> set[str]:
        """Follow what was read, but for the rooms that were left meanwhile; those joined meanwhile
        are followed already. Returns the rooms that may have moved on since they were read.
        """
        arrival = self._arriving.pop(user)
        followed = set(rooms) - arrival.left
        for room in followed:
            self.enter(room, user)
        moved = {room for room in followed if self._moved.get(room, 0) > arrival.moves}
        if not self._arriving:
            self._moved.clear()
        return moved

    def moved(self, room: str) -> None:
        """Something was committed there that concerns its members' inboxes."""
        if self._arriving:
            self._moves += 1
            self._moved[room] = self._moves

    def enter(self, room: str, user: str) -> None:
        """That person's inbox is awake, and follows the room."""
        topic = self._open(room)
        if user not in topic.inboxes:
            topic.inboxes.add(user)
            topic.online += user in self._online
        if left := self._left.get(user):
            left.discard(room)
        self._by_user.setdefault(user, set()).add(room)
        if arrival := self._arriving.get(user):
            arrival.left.discard(room)

    def leave(self, room: str, user: str) -> None:
        if arrival := self._arriving.get(user):
            arrival.left.add(room)
        rooms = self._by_user.get(user, set())
        if room in rooms:
            rooms.discard(room)
            if not rooms:
                del self._by_user[user]
            topic = self._by_room[room]
            topic.inboxes.discard(user)
            topic.online -= user in self._online
            self._left.setdefault(user, set()).add(room)
            self._drop_if_idle(topic)

    def retire(self, room: str) -> list[str]:
        """The room is gone, for everybody. Returns those whose inboxes followed it."""
        topic = self._by_room[room]
        followers = list(topic.inboxes)
        for user in {*followers, *self._arriving}:
            self.leave(room, user)
        for line in list(topic.watchers.values()):
            self.unwatch(room, line)
        topic.typing.clear()
        return followers

    def leave_all(self, user: str) -> None:
        """That person's inbox goes to sleep."""
        for room in list(self._by_user.get(user, ())):
            self.leave(room, user)
        for notes in (self._left, self._unwatched):
            notes.pop(user, None)
        self._alone.discard(user)

    # ---- what an inbox asks, so that it need not look at all of its rooms

    def take_left(self, user: str) -> Iterable[str]:
        """The rooms that the person is no longer in, since this was asked last."""
        return self._left.pop(user, ())

    def take_unheard(self, user: str, sessions: Iterable[Line]) -> set[str]:
        """The rooms that may have moved on without forwarding it to that person's inbox, since this
        was asked last: what all of their ``sessions`` watch, or watched, is not forwarded.
        """
        unheard = self._unwatched.pop(user, set()).union(*(line.watching for line in sessions))
        if user in self._alone:
            unheard.update(self._by_user.get(user, ()))
            self._alone.discard(user)
        return unheard

    def alone(self, user: str) -> None:
        """The person's last session has gone, or none has come yet."""
        self._alone.add(user)

    # ---- who is online

    def is_online(self, user: str) -> bool:
        return user in self._online

    def set_online(self, user: str, online: bool) -> None:
        """Only when it changes."""
        (self._online.add if online else self._online.discard)(user)
        for topic in self.of(user):
            topic.online += 1 if online else -1

    def online_in(self, topic: Topic) -> list[str]:
        """Their names, in order."""
        return sorted(user for user in topic.inboxes if user in self._online)

    def of(self, user: str) -> Iterable[Topic]:
        """Those that the person's inbox follows: while it is awake, all of their rooms."""
        return [self._by_room[room] for room in self._by_user.get(user, ())]

    def told_bytes(self, user: str, room: str, size: int) -> int:
        """About what all listeners together are sent for an event of ``size`` bytes that a member
        causes; 0 for who is none, so that an outsider learns nothing of the room.
        """
        topic = self._by_room.get(room)
        if topic is None or user not in topic.inboxes:
            return 0
        return size * len(topic.watchers) + min(size, UNREAD_BYTES) * len(topic.inboxes)

    def follows(self, user: str, room: str) -> bool:
        return room in self._by_user.get(user, ())

    def _open(self, room: str) -> Topic:
        topic = self._by_room.get(room)
        if topic is None:
            topic = self._by_room[room] = Topic(room, self._epoch)
        return topic

    def _drop_if_idle(self, topic: Topic) -> None:
        if not (topic.awake or topic.watchers or topic.inboxes):
            del self._by_room[topic.room]
