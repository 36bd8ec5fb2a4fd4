"""Deliver replies and events from rooms and inboxes to sessions.

A room's state decides who is a member. The hub has the room's listeners: members with a session
that watches it, or with an awake inbox that follows it. A room calls :meth:`Hub.attach` and
:meth:`.AwakeInboxes.follow` in the step that checks membership, and :meth:`Hub.detach` in the step
that ends it (I5). No method waits, and nothing is stored.
"""

from collections.abc import Callable, Sequence
from typing import Final

from ..net.frames import text_frame
from ..protocol.codec import encode_event
from ..protocol.declaring import Event
from .awake_inboxes import AwakeInboxes
from .channel import Channel
from .channels import Channels
from .elsewhere import Elsewhere
from .envelope import ReplyTo
from .internal_calls import INTERNAL, InternalCalls
from .message_cache import MessageCache
from .online import OnlinePeople
from .session_handle import SessionHandle
from .session_registry import SessionRegistry
from .turns import Turns

UNREAD_BYTES: Final = 1024
"""Approximate size of an ``unread`` event, which shows only the start of a message."""


class Hub:
    """The sessions, channels and awake inboxes of one process, and who is online.

    :param max_presence_members: presence is published only in rooms with at most this many members.
    :ivar online: who is online.
    :ivar inboxes: awake inboxes and the rooms that they follow.
    :ivar turns: which batches are held back for other nodes.
    :ivar typed: called when a person at this node begins or ends to type: with the room, the
        person, whether it is a beginning, and the thread.
    :ivar departures: who has left which room, while :class:`.Profiles` notes it; else None.
    """

    def __init__(self, epoch: str, sessions: SessionRegistry, *, max_presence_members: int) -> None:
        self.sessions: Final = sessions
        self.internal_calls: Final = InternalCalls()
        elsewhere = Elsewhere()
        self.channels: Final = Channels(epoch, elsewhere)
        self.online: Final = OnlinePeople(self.channels.by_room, elsewhere, max_presence_members)
        self.inboxes: Final = AwakeInboxes(self.channels, sessions, self.online)
        self.turns: Final = Turns()
        self.typed: Callable[[str, str, bool, int | None], object] | None = None
        self.departures: set[tuple[str, str]] | None = None

    def __len__(self) -> int:
        return len(self.channels.by_room)

    # ---- replies

    def reply(self, to: ReplyTo, result: object) -> None:
        """Deliver a call's reply. No-op if the session has ended: its client repeats the call."""
        if (session := self.sessions.by_id.get(to.session)) is not None:
            session.calls.answer(to.call, result)
        elif to.session == INTERNAL:
            self.internal_calls.answer(to.call, result)

    # ---- channels and watching sessions

    def get(self, room: str) -> Channel | None:
        return self.channels.by_room.get(room)

    def made_private(self, room: str, version: int) -> bool:
        """Return whether the room was made private after a version that was read from the store.

        That is known while the room's actor is awake, so for longer than a read takes.
        """
        channel = self.channels.by_room.get(room)
        return channel is not None and channel.private and version < (channel.version or 0)

    def open(self, room: str) -> Channel:
        """Return the channel for the room's actor, which keeps it until :meth:`close`."""
        channel = self.channels.open(room)
        channel.awake = True
        return channel

    def close(self, channel: Channel) -> None:
        channel.awake = False
        channel.messages = MessageCache()
        self.channels.drop_if_idle(channel)

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
        self.inboxes.unfollow(user, channel.room)
        for session in self.sessions.of(user):
            self.unwatch(session, channel.room)

    def detach_all(self, channel: Channel) -> list[str]:
        """End all listening to a deleted room. Returns the people whose inboxes followed it."""
        followers = list(channel.inboxes)
        for user in {*followers, *self.inboxes.reads.users}:
            self.inboxes.unfollow(user, channel.room)
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
        self.inboxes.note_sessions(session.user)

    def disconnect(self, session: SessionHandle) -> None:
        """Remove a session that has ended."""
        self.sessions.remove(session)
        for room in list(session.watching):
            self.unwatch(session, room)
        self.inboxes.note_sessions(session.user)

    def watch(self, session: SessionHandle, room: str) -> None:
        channel = self.channels.open(room)
        if room not in session.watching:
            channel.watching[session.user] += 1
        channel.watchers[session.id] = session
        session.watching.add(room)
        self.inboxes.note_watching(session.user, channel)

    def unwatch(self, session: SessionHandle, room: str) -> None:
        if room not in session.watching:
            return
        session.watching.discard(room)
        channel = self.channels.by_room[room]
        del channel.watchers[session.id]
        channel.watching[session.user] -= 1
        if not channel.watching[session.user]:
            del channel.watching[session.user]
            self.inboxes.note_unwatched(session.user, channel)
        self.inboxes.note_watching(session.user, channel)
        self.channels.drop_if_idle(channel)

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

    def fan_out_bytes(self, user: str, room: str, size: int) -> int:
        """Estimate the bytes sent to all listeners for an event of ``size`` bytes by a member.

        Returns 0 for a non-member, who must not learn anything about the room.
        """
        channel = self.channels.by_room.get(room)
        if channel is None or user not in channel.inboxes:
            return 0
        return size * len(channel.watchers) + min(size, UNREAD_BYTES) * len(channel.inboxes)
