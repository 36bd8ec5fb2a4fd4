"""Awake inboxes, the rooms that they follow, and to which of them a commit is forwarded.

While awake, an inbox follows exactly the rooms of which its owner is a member. Code that cannot ask
a room, which may be asleep, decides by this (I5).
"""

from collections.abc import Iterable, Mapping
from typing import Final

from .channel import Channel
from .channels import Channels
from .inbox_handle import InboxHandle
from .inbox_reads import InboxReads
from .online import OnlinePeople
from .session_registry import SessionRegistry


class AwakeInboxes:
    """The awake inboxes of one process, by their owners.

    :ivar reads: notes the commits of rooms for inboxes that are reading their rooms.
    """

    def __init__(self, channels: Channels, sessions: SessionRegistry, online: OnlinePeople) -> None:
        self._channels = channels
        self._sessions = sessions
        self._online = online
        self._handles: dict[str, InboxHandle] = {}
        self.reads: Final = InboxReads()

    def get(self, user: str) -> InboxHandle | None:
        """Return the handle of an awake inbox, else None."""
        return self._handles.get(user)

    def open(self, user: str) -> InboxHandle:
        """Return the handle for the inbox's actor, until :meth:`close`."""
        inbox = self._handles.get(user)
        if inbox is None:
            inbox = self._handles[user] = InboxHandle()
        return inbox

    def close(self, user: str) -> None:
        """Stop following all rooms, before the person's inbox goes to sleep."""
        inbox = self._handles.pop(user, None)
        if inbox is not None:
            for room in inbox.rooms:
                self._remove(user, room)

    def begin_read(self, user: str) -> None:
        """Begin to note changes before a person's inbox reads its rooms from the store."""
        self.reads.begin(user)

    def end_read(self, user: str, versions: Mapping[str, int]) -> set[str]:
        """Let the person's inbox follow the rooms that it has read, at these versions.

        The version of a room that is asleep is the oldest one that somebody has read, so that it is
        noticed that the room has moved.

        Rooms left during the read are skipped. Rooms joined during the read are followed already.
        Returns the rooms with commits since the read began.
        """
        kept, changed = self.reads.end(user, versions)
        for room in kept:
            self.follow(user, room)
            channel = self._channels.by_room[room]
            if channel.version is None or (not channel.awake and versions[room] < channel.version):
                channel.version = versions[room]
        return changed

    def follow(self, user: str, room: str) -> None:
        """Let the person's awake inbox follow the room."""
        channel = self._channels.open(room)
        if user not in channel.inboxes:
            channel.inboxes.add(user)
            channel.online += self._online.counts_here(user, channel.room)
            self.note_watching(user, channel)
        inbox = self.open(user)
        inbox.rooms.add(room)
        inbox.left.discard(room)
        self.reads.note_joined(user, room)

    def unfollow(self, user: str, room: str) -> None:
        """End following the room, also for an inbox that is reading its rooms from the store."""
        self.reads.note_left(user, room)
        inbox = self._handles.get(user)
        if inbox is not None and room in inbox.rooms:
            inbox.rooms.discard(room)
            inbox.left.add(room)
            self._remove(user, room)

    def _remove(self, user: str, room: str) -> None:
        channel = self._channels.by_room[room]
        channel.online -= self._online.counts_here(user, channel.room)
        channel.inboxes.discard(user)
        channel.forwarded.discard(user)
        self._channels.drop_if_idle(channel)

    def follows(self, user: str, room: str) -> bool:
        """Return whether the person's inbox is awake and follows the room."""
        inbox = self._handles.get(user)
        return inbox is not None and room in inbox.rooms

    def channels_of(self, user: str) -> Iterable[Channel]:
        """Return the channels of the rooms that the person's inbox follows."""
        inbox = self._handles.get(user)
        if inbox is None:
            return []
        return [self._channels.by_room[room] for room in inbox.rooms]

    def rooms_of(self, user: str) -> frozenset[str]:
        """Return the rooms that the person's inbox follows."""
        inbox = self._handles.get(user)
        return frozenset() if inbox is None else frozenset(inbox.rooms)

    # ---- forwards

    def to_forward(self, channel: Channel) -> list[str]:
        """Return the owners of the inboxes to which a commit of the room must be forwarded now.

        An inbox is skipped if all sessions of its owner watch the room and so get its events. One
        that holds its forwards is skipped too, and finds the room by
        :meth:`.InboxHandle.take_held`.
        """
        now = []
        for user in channel.forwarded:
            if (held := self._handles[user].held) is None:
                now.append(user)
            else:
                held.add(channel.room)
        return now

    def note_sessions(self, user: str) -> None:
        """Note that the person has another number of sessions."""
        for channel in self.channels_of(user):
            self.note_watching(user, channel)

    def note_watching(self, user: str, channel: Channel) -> None:
        """Note whether some session of the inbox's owner does not watch the room."""
        watching = channel.watching.get(user, 0)
        if user in channel.inboxes and watching != self._sessions.count(user):
            channel.forwarded.add(user)
        else:
            channel.forwarded.discard(user)

    def note_unwatched(self, user: str, channel: Channel) -> None:
        """Note that no session of the person watches the room any more."""
        if user in channel.inboxes:
            self._handles[user].unwatched.add(channel.room)
