"""Who hears what: the one way from rooms and inboxes to people.

Knows members only as far as they listen: whoever attaches a session or lets an inbox follow has
checked membership in the same step, and the step that ends a membership detaches them (I5).
Everything here is one step: nothing waits, nothing is stored.
"""

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import attrs

from ..net.frames import text_frame
from ..protocol import events, results
from ..protocol.codec import encode_event
from ..protocol.declaring import Event
from .channel import Channel
from .message_cache import MessageCache
from .pending_calls import ReplyTo
from .session_handle import SessionHandle
from .session_registry import SessionRegistry

INTERNAL: Final = ""
"""In place of a session's id: the reply is for this process."""

UNREAD_BYTES: Final = 1024
"""About the size of an ``unread`` event, whose message is cut."""


@attrs.frozen
class _Arrival:
    """What happens while an inbox reads its rooms, from that many moves on."""

    moves: int
    left: set[str] = attrs.field(factory=set)


class Hub:
    """A room's channel exists while the room is awake or anybody listens to it.

    ``most_members``: presence is told in smaller rooms alone.
    """

    def __init__(self, epoch: str, sessions: SessionRegistry, *, most_members: int) -> None:
        self.sessions: Final = sessions
        self._epoch = epoch
        self._most_members = most_members
        self._expected: dict[int, Callable[[object], None]] = {}
        self._numbers = itertools.count()
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

    # ---- replies

    def reply(self, to: ReplyTo, result: object) -> None:
        """Do nothing when the session has gone: its client asks again."""
        if (session := self.sessions.by_id.get(to.session)) is not None:
            session.calls.answer(to.call, result)
        elif to.session == INTERNAL and (take := self._expected.pop(to.call, None)) is not None:
            take(result)

    @contextmanager
    def expecting(self, take: Callable[[object], None]) -> Iterator[ReplyTo]:
        """An address for one reply to a caller in this process, which has no session."""
        number = next(self._numbers)
        self._expected[number] = take
        try:
            yield ReplyTo(INTERNAL, number)
        finally:
            self._expected.pop(number, None)

    # ---- channels and the sessions that watch them

    def get(self, room: str) -> Channel | None:
        return self._by_room.get(room)

    def open(self, room: str) -> Channel:
        """For the room itself, which keeps the channel until :meth:`close`."""
        channel = self._open(room)
        channel.awake = True
        return channel

    def close(self, channel: Channel) -> None:
        channel.awake = False
        channel.messages = MessageCache()
        self._drop_if_idle(channel)

    def attach(self, session_id: str, channel: Channel, missed: Sequence[bytes]) -> None:
        """Let the session of a member watch the room, from the frames on that it has missed."""
        session = self.sessions.get(session_id)
        if session is None:
            return
        for frame in missed:
            session.outbox.push(frame)
        self.watch(channel.room, session)

    def detach(self, user: str, channel: Channel) -> None:
        """The person is no member any more, and hears nothing more of the room (I5)."""
        channel.set_typing(user, False)
        self.leave(channel.room, user)
        for session in self.sessions.of(user):
            self.unwatch(channel.room, session)

    def detach_session(self, session_id: str, channel: Channel) -> None:
        if (session := self.sessions.get(session_id)) is not None:
            self.unwatch(channel.room, session)

    def disconnect(self, session: SessionHandle) -> None:
        """The session has gone."""
        self.sessions.remove(session)
        for room in list(session.watching):
            self.unwatch(room, session)

    def watch(self, room: str, session: SessionHandle) -> None:
        channel = self._open(room)
        if room not in session.watching:
            channel.watching[session.user] += 1
        channel.watchers[session.id] = session
        session.watching.add(room)

    def unwatch(self, room: str, session: SessionHandle) -> None:
        if room not in session.watching:
            return
        session.watching.discard(room)
        channel = self._by_room[room]
        del channel.watchers[session.id]
        channel.watching[session.user] -= 1
        if not channel.watching[session.user]:
            del channel.watching[session.user]
            if session.user in channel.inboxes:
                self._unwatched.setdefault(session.user, set()).add(room)
        self._drop_if_idle(channel)

    # ---- events

    def notify(self, user: str, channel: Channel, event: Event) -> None:
        """Tell every session of that person, and those who watch the room, once each."""
        frame = text_frame(encode_event(event))
        theirs = {session.id: session for session in self.sessions.of(user)}
        for session in (channel.watchers | theirs).values():
            session.outbox.push(frame)

    def publish_presence(self, user: str, *, online: bool) -> None:
        """Tell those who watch a room with that person, once each."""
        watchers: dict[str, SessionHandle] = {}
        for channel in self.of(user):
            if channel.members <= self._most_members:
                watchers.update(channel.watchers)
        if watchers:
            frame = text_frame(encode_event(events.Presence(user, online)))
            for session in watchers.values():
                session.outbox.push_state(user, frame)

    # ---- inboxes that are awake, and the rooms that they follow

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
        channel = self._open(room)
        if user not in channel.inboxes:
            channel.inboxes.add(user)
            channel.online += user in self._online
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
            channel = self._by_room[room]
            channel.inboxes.discard(user)
            channel.online -= user in self._online
            self._left.setdefault(user, set()).add(room)
            self._drop_if_idle(channel)

    def retire(self, room: str) -> list[str]:
        """The room is gone, for everybody. Returns those whose inboxes followed it."""
        channel = self._by_room[room]
        followers = list(channel.inboxes)
        for user in {*followers, *self._arriving}:
            self.leave(room, user)
        for session in list(channel.watchers.values()):
            self.unwatch(room, session)
        channel.typing.clear()
        channel.messages = MessageCache()
        return followers

    def followers(self, channel: Channel, *, but_watching: bool) -> Iterator[str]:
        """The people whose inboxes follow the room; ``but_watching``: without those all of whose
        sessions watch it, and so are told already.
        """
        if not but_watching:
            yield from channel.inboxes
            return
        watching, sessions = channel.watching, self.sessions.by_user
        for user in channel.inboxes:
            if watching.get(user, 0) != len(sessions.get(user, ())):
                yield user

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

    def take_unheard(self, user: str) -> set[str]:
        """The rooms that may have moved on without forwarding it to that person's inbox, since this
        was asked last: what all of their sessions watch, or watched, is not forwarded.
        """
        unheard = self._unwatched.pop(user, set()).union(
            *(session.watching for session in self.sessions.of(user))
        )
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
        for channel in self.of(user):
            channel.online += 1 if online else -1

    def online(self, channel: Channel) -> results.Online:
        """How many, and in a small room who: their names, in order."""
        users = None
        if channel.members <= self._most_members:
            users = tuple(sorted(user for user in channel.inboxes if user in self._online))
        return results.Online(channel.online, users)

    def joined(self, user: str, channel: Channel) -> None:
        """A person who comes into a room online is news to those who watch it."""
        if user in self._online and channel.members <= self._most_members:
            channel.publish(events.Presence(user=user, online=True), beside=user)

    def of(self, user: str) -> Iterable[Channel]:
        """Those that the person's inbox follows: while it is awake, all of their rooms."""
        return [self._by_room[room] for room in self._by_user.get(user, ())]

    def told_bytes(self, user: str, room: str, size: int) -> int:
        """About what all listeners together are sent for an event of ``size`` bytes that a member
        causes; 0 for who is none, so that an outsider learns nothing of the room.
        """
        channel = self._by_room.get(room)
        if channel is None or user not in channel.inboxes:
            return 0
        return size * len(channel.watchers) + min(size, UNREAD_BYTES) * len(channel.inboxes)

    def follows(self, user: str, room: str) -> bool:
        return room in self._by_user.get(user, ())

    def _open(self, room: str) -> Channel:
        channel = self._by_room.get(room)
        if channel is None:
            channel = self._by_room[room] = Channel(room, self._epoch)
        return channel

    def _drop_if_idle(self, channel: Channel) -> None:
        if not (channel.awake or channel.watchers or channel.inboxes):
            del self._by_room[channel.room]
