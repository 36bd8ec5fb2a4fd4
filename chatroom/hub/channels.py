"""All topics: one for each room that somebody follows.

Know members only as far as they listen: whoever registers a watcher or an inbox has checked
membership in the same step, and the step that ends a membership takes them out (I5).
"""

from collections.abc import Iterable
from typing import Final

import attrs

from .channel import Channel
from .line import Line

UNREAD_BYTES: Final = 1024
"""About the size of an ``unread`` event, whose message is cut."""


@attrs.frozen
class _Arrival:
    """What happens while an inbox reads its rooms, from that many moves on."""

    moves: int
    left: set[str] = attrs.field(factory=set)


class Channels:
    """All topics; one exists while its room is awake or anybody listens."""

    def __init__(self, epoch: str) -> None:
        self._epoch = epoch
        self._by_room: dict[str, Channel] = {}
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

    def get(self, room: str) -> Channel | None:
        return self._by_room.get(room)

    def open(self, room: str) -> Channel:
        """For the room itself, which keeps the topic until :meth:`close`."""
        topic = self._open(room)
        topic.awake = True
        return topic

    def close(self, topic: Channel) -> None:
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

    def online_in(self, topic: Channel) -> list[str]:
        """Their names, in order."""
        return sorted(user for user in topic.inboxes if user in self._online)

    def of(self, user: str) -> Iterable[Channel]:
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

    def _open(self, room: str) -> Channel:
        topic = self._by_room.get(room)
        if topic is None:
            topic = self._by_room[room] = Channel(room, self._epoch)
        return topic

    def _drop_if_idle(self, topic: Channel) -> None:
        if not (topic.awake or topic.watchers or topic.inboxes):
            del self._by_room[topic.room]
