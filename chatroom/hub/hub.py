"""Deliver replies and events from rooms and inboxes to sessions.

A room's state decides who is a member. The hub has the room's listeners: members with a session
that watches it, or with an awake inbox that follows it. A room calls :meth:`Hub.attach` and
:meth:`Hub.follow` in the step that checks membership, and :meth:`Hub.detach` in the step that ends
it (I5). No method waits, and nothing is stored.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from ..net.frames import text_frame
from ..protocol.codec import encode_event
from ..protocol.declaring import Event
from .channel import Channel
from .envelope import ReplyTo
from .inbox_handle import InboxHandle
from .inbox_reads import InboxReads
from .internal_calls import INTERNAL, InternalCalls
from .message_cache import MessageCache
from .online import Online
from .session_handle import SessionHandle
from .session_registry import SessionRegistry

UNREAD_BYTES: Final = 1024
"""Approximate size of an ``unread`` event, which shows only the start of a message."""


class Hub:
    """The sessions and channels of one process, and who is online.

    A channel exists while its room is awake or has listeners.

    :param max_presence_members: presence is published only in rooms with at most this many members.
    :ivar online: who is online.
    :ivar inbox_reads: notes the commits of rooms for inboxes that are reading their rooms.
    :ivar typed: called when a person at this node begins or ends to type: with the room, the
        person, whether it is a beginning, and the thread.
    :ivar departures: who has left which room, while :class:`.Profiles` notes it; else None.
    """

    def __init__(self, epoch: str, sessions: SessionRegistry, *, max_presence_members: int) -> None:
        self.sessions: Final = sessions
        self.internal_calls: Final = InternalCalls()
        self.inbox_reads: Final = InboxReads()
        self.epoch = epoch
        self._by_room: dict[str, Channel] = {}
        self._inboxes: dict[str, InboxHandle] = {}
        self.online: Final = Online(self._by_room, max_presence_members)
        self.typed: Callable[[str, str, bool, int | None], object] | None = None
        self.departures: set[tuple[str, str]] | None = None

    def __len__(self) -> int:
        return len(self._by_room)

    # ---- replies

    def reply(self, to: ReplyTo, result: object) -> None:
        """Deliver a call's reply. No-op if the session has ended: its client repeats the call."""
        if (session := self.sessions.by_id.get(to.session)) is not None:
            session.calls.answer(to.call, result)
        elif to.session == INTERNAL:
            self.internal_calls.answer(to.call, result)

    # ---- channels and watching sessions

    def get(self, room: str) -> Channel | None:
        return self._by_room.get(room)

    def made_private(self, room: str, version: int) -> bool:
        """Return whether the room was made private after a version that was read from the store.

        That is known while the room's actor is awake, so for longer than a read takes.
        """
        channel = self._by_room.get(room)
        return channel is not None and channel.private and version < (channel.version or 0)

    def channels(self) -> list[Channel]:
        return list(self._by_room.values())

    def open(self, room: str) -> Channel:
        """Return the channel for the room's actor, which keeps it until :meth:`close`."""
        channel = self._open(room)
        channel.awake = True
        return channel

    def close(self, channel: Channel) -> None:
        channel.awake = False
        channel.messages = MessageCache()
        self._drop_if_idle(channel)

    def attach(self, session_id: str, channel: Channel, missed: Sequence[bytes]) -> None:
        """Push the missed frames to a member's session, and let it watch the room from now on.

        No-op if the session has ended.
        """
        session = self.sessions.get(session_id)
        if session is None:
            return
        for frame in missed:
            session.outbox.push(frame)
        self.watch(session, channel.room)

    def detach(self, user: str, channel: Channel) -> None:
        """End all listening of a person who is no longer a member of the room (I5).

        This also holds for an inbox that is reading its rooms from the store.
        """
        channel.end_typing(user)
        self.online.end_membership(user, channel)
        if self.departures is not None:
            self.departures.add((user, channel.room))
        self._unfollow(user, channel.room)
        for session in self.sessions.of(user):
            self.unwatch(session, channel.room)

    def detach_all(self, channel: Channel) -> list[str]:
        """End all listening to a deleted room. Returns the people whose inboxes followed it."""
        followers = list(channel.inboxes)
        for user in {*followers, *self.inbox_reads.users}:
            self._unfollow(user, channel.room)
        for session in list(channel.watchers.values()):
            self.unwatch(session, channel.room)
        for user in list(self.online.elsewhere.of(channel.room)):
            self.online.part(user, channel.room)
        channel.typing.clear()
        channel.messages = MessageCache()
        return followers

    def detach_session(self, session_id: str, channel: Channel) -> None:
        if (session := self.sessions.get(session_id)) is not None:
            self.unwatch(session, channel.room)

    def connect(self, session: SessionHandle) -> None:
        """Add a session, once it is authenticated."""
        self.sessions.add(session)
        self._note_sessions(session.user)

    def disconnect(self, session: SessionHandle) -> None:
        """Remove a session that has ended."""
        self.sessions.remove(session)
        for room in list(session.watching):
            self.unwatch(session, room)
        self._note_sessions(session.user)

    def watch(self, session: SessionHandle, room: str) -> None:
        channel = self._open(room)
        if room not in session.watching:
            channel.watching[session.user] += 1
        channel.watchers[session.id] = session
        session.watching.add(room)
        self._note_watching(session.user, channel)

    def unwatch(self, session: SessionHandle, room: str) -> None:
        if room not in session.watching:
            return
        session.watching.discard(room)
        channel = self._by_room[room]
        del channel.watchers[session.id]
        channel.watching[session.user] -= 1
        if not channel.watching[session.user]:
            del channel.watching[session.user]
            if session.user in channel.inboxes:
                self._inboxes[session.user].unwatched.add(room)
        self._note_watching(session.user, channel)
        self._drop_if_idle(channel)

    # ---- events

    def notify(self, user: str, channel: Channel, event: Event) -> None:
        """Push an event once to every session that watches the room or belongs to ``user``."""
        frame = text_frame(encode_event(event))
        theirs = {session.id: session for session in self.sessions.of(user)}
        for session in (channel.watchers | theirs).values():
            session.outbox.push(frame)

    def set_typing(self, user: str, channel: Channel, typing: bool, thread: int | None) -> None:
        """Record whether a person at this node types, and publish a change."""
        if channel.set_typing(user, typing, thread) and self.typed is not None:
            self.typed(channel.room, user, typing, thread)

    def end_typing(self, user: str, channel: Channel) -> None:
        """Record that a person at this node types nowhere in the room."""
        thread, _ = channel.typing.get(user, (None, 0))
        if channel.end_typing(user) and self.typed is not None:
            self.typed(channel.room, user, False, thread)

    # ---- awake inboxes and the rooms that they follow

    def inbox(self, user: str) -> InboxHandle | None:
        """Return the handle of an awake inbox, else None."""
        return self._inboxes.get(user)

    def open_inbox(self, user: str) -> InboxHandle:
        """Return the handle for the inbox's actor, until :meth:`close_inbox`."""
        inbox = self._inboxes.get(user)
        if inbox is None:
            inbox = self._inboxes[user] = InboxHandle()
        return inbox

    def close_inbox(self, user: str) -> None:
        """Stop following all rooms, before the person's inbox goes to sleep."""
        inbox = self._inboxes.pop(user, None)
        if inbox is not None:
            for room in inbox.rooms:
                self._remove_inbox(user, room)

    def begin_inbox_read(self, user: str) -> None:
        """Begin to note changes before a person's inbox reads its rooms from the store."""
        self.inbox_reads.begin(user)

    def end_inbox_read(self, user: str, versions: Mapping[str, int]) -> set[str]:
        """Let the person's inbox follow the rooms that it has read, at these versions.

        The version of a room that is asleep is the oldest one that somebody has read, so that it is
        noticed that the room has moved.

        Rooms left during the read are skipped. Rooms joined during the read are followed already.
        Returns the rooms with commits since the read began.
        """
        kept, changed = self.inbox_reads.end(user, versions)
        for room in kept:
            self.follow(user, room)
            channel = self._by_room[room]
            if channel.version is None or (not channel.awake and versions[room] < channel.version):
                channel.version = versions[room]
        return changed

    def follow(self, user: str, room: str) -> None:
        """Let the person's awake inbox follow the room."""
        channel = self._open(room)
        if user not in channel.inboxes:
            channel.inboxes.add(user)
            channel.online += self.online.counts_here(user, channel.room)
            self._note_watching(user, channel)
        inbox = self.open_inbox(user)
        inbox.rooms.add(room)
        inbox.left.discard(room)
        self.inbox_reads.note_joined(user, room)

    def _unfollow(self, user: str, room: str) -> None:
        self.inbox_reads.note_left(user, room)
        inbox = self._inboxes.get(user)
        if inbox is not None and room in inbox.rooms:
            inbox.rooms.discard(room)
            inbox.left.add(room)
            self._remove_inbox(user, room)

    def _remove_inbox(self, user: str, room: str) -> None:
        channel = self._by_room[room]
        channel.online -= self.online.counts_here(user, channel.room)
        channel.inboxes.discard(user)
        channel.forwarded.discard(user)
        self._drop_if_idle(channel)

    def commit_followers(self, channel: Channel) -> list[str]:
        """Return the owners of the inboxes to which a commit of the room must be forwarded now.

        An inbox is skipped if all sessions of its owner watch the room and so get its events. One
        that holds its forwards is skipped too, and finds the room by
        :meth:`.InboxHandle.take_held`.
        """
        now = []
        for user in channel.forwarded:
            if (held := self._inboxes[user].held) is None:
                now.append(user)
            else:
                held.add(channel.room)
        return now

    def _note_sessions(self, user: str) -> None:
        for channel in self.channels_of(user):
            self._note_watching(user, channel)

    def _note_watching(self, user: str, channel: Channel) -> None:
        """Note whether some session of the inbox's owner does not watch the room."""
        watching = channel.watching.get(user, 0)
        if user in channel.inboxes and watching != self.sessions.count(user):
            channel.forwarded.add(user)
        else:
            channel.forwarded.discard(user)

    # ---- people and their rooms

    def channels_of(self, user: str) -> Iterable[Channel]:
        """Return the channels that the person's inbox follows. While awake, it follows all of the
        person's rooms.
        """
        inbox = self._inboxes.get(user)
        return [] if inbox is None else [self._by_room[room] for room in inbox.rooms]

    def rooms_of(self, user: str) -> frozenset[str]:
        """Return the rooms that the person's inbox follows. While awake, it follows all of them."""
        inbox = self._inboxes.get(user)
        return frozenset() if inbox is None else frozenset(inbox.rooms)

    def fan_out_bytes(self, user: str, room: str, size: int) -> int:
        """Estimate the bytes sent to all listeners for an event of ``size`` bytes by a member.

        Returns 0 for a non-member, who must not learn anything about the room.
        """
        channel = self._by_room.get(room)
        if channel is None or user not in channel.inboxes:
            return 0
        return size * len(channel.watchers) + min(size, UNREAD_BYTES) * len(channel.inboxes)

    def follows(self, user: str, room: str) -> bool:
        """Return whether the person's inbox is awake and follows the room.

        Once awake, it follows exactly the rooms of which the person is a member. Code that cannot
        ask the room, which may be asleep, decides by this (I5).
        """
        inbox = self._inboxes.get(user)
        return inbox is not None and room in inbox.rooms

    def _open(self, room: str) -> Channel:
        channel = self._by_room.get(room)
        if channel is None:
            online = len(self.online.elsewhere.of(room))
            channel = self._by_room[room] = Channel(room, self.epoch, online=online)
        return channel

    def _drop_if_idle(self, channel: Channel) -> None:
        if not (channel.awake or channel.watchers or channel.inboxes):
            del self._by_room[channel.room]
