"""Telling of committed entries: to a room's watchers, the people whom they concern, and the inboxes
of its members. Each method is one step: it waits for nothing.
"""

from collections.abc import Mapping, Sequence
from typing import assert_never

from ..actors.supervisor import Supervisor
from ..hub.channel import Channel
from ..hub.channels import Channels
from ..hub.line import ReplyTo
from ..hub.lines import Lines
from ..hub.presence import Presence
from ..inbox import mail as inbox
from ..model import Role
from ..net.frames import text_frame
from ..protocol.codec import encode_event
from ..protocol.events import MemberChanged, MessageChangedEvent, NewMessageEvent
from ..store.events import (
    MemberAdded,
    MemberBanned,
    MemberRemoved,
    MemberUnbanned,
    MessageChanged,
    MessagePosted,
    MessagesPruned,
    NotificationLevelSet,
    ReadCursorMoved,
    RoleChanged,
    RoomCreated,
    RoomDeleted,
    RoomEvent,
    UsageCounted,
)
from .usage_meter import UsageMeter


class Telling:
    def __init__(
        self,
        topic: Channel,
        topics: Channels,
        lines: Lines,
        presence: Presence,
        actors: Supervisor,
        meter: UsageMeter,
    ) -> None:
        self._topic = topic
        self._topics = topics
        self._lines = lines
        self._presence = presence
        self._actors = actors
        self._meter = meter

    def publish(self, entry: RoomEvent) -> None:
        match entry:
            case MessagePosted(message=message):
                if message.sender in self._topic.typing:
                    self._topic.set_typing(message.sender, False)
                self._topic.publish_message(NewMessageEvent, message, entry)
                self._meter.posted += 1
                self._meter.count(message.sender, message.text)
            case MessageChanged(kind=kind, message=message):
                if kind == "edit":
                    self._meter.count(message.sender, message.text)
                self._topic.publish_message(MessageChangedEvent, message, entry)
            case ReadCursorMoved() | NotificationLevelSet():
                pass  # their person's inbox tells of them
            case MemberAdded(member=member):
                if self._actors.awake(inbox.address(member.user)):
                    self._topics.enter(self._topic.room, member.user)
                self.tell_member(member.user, member.role)
                self._presence.joined(member.user, self._topic)
            case MemberRemoved(user=user):
                self._topic.set_typing(user, False)
                self._topics.leave(self._topic.room, user)
                for line in self._lines.of(user):
                    self._topics.unwatch(self._topic.room, line)
                self.tell_member(user, None)
            case RoleChanged(user=user, role=role):
                self.tell_member(user, role)
            case (
                RoomCreated()
                | MemberBanned()
                | MemberUnbanned()
                | MessagesPruned()
                | RoomDeleted()
                | UsageCounted()
            ):
                pass  # they have no event; the end of a room is told by its actor

    def tell_member(self, user: str, role: Role | None) -> None:
        """To those who watch, and to every session of the person, once each."""
        event = MemberChanged(room=self._topic.room, user=user, role=role)
        frame = text_frame(encode_event(event))
        theirs = {line.session: line for line in self._lines.of(user)}
        for line in (self._topic.watchers | theirs).values():
            line.push(frame)

    def forward(
        self,
        from_rev: int,
        to_rev: int,
        entries: Sequence[RoomEvent],
        by_inbox: Mapping[str, Sequence[ReplyTo]],
    ) -> None:
        """To the inbox of every member that is awake; for the others it is in the log.

        Nor is an inbox woken when all of its person's sessions watch the room, and so are told
        already: it notices by the rev what it was not told, and catches up before it answers.
        """
        shared: list[RoomEvent] = []
        personal: dict[str, list[RoomEvent]] = {user: [] for user in by_inbox}
        for entry in entries:
            user = _concerns(entry)
            if user is not None:
                personal.setdefault(user, list(shared)).append(entry)
            elif isinstance(entry, MessagePosted | MessageChanged | MessagesPruned):
                shared.append(entry)
                for own in personal.values():
                    own.append(entry)
        if shared:
            self._topics.moved(self._topic.room)
            forward = inbox.Forward(self._topic.room, from_rev, to_rev, tuple(shared))
            revs_tell = not any(isinstance(entry, MessagesPruned) for entry in shared)
            watching, count = self._topic.watching.get, self._lines.count
            for user in self._topic.inboxes:
                if revs_tell and watching(user, 0) == count(user):
                    continue
                if user not in personal:
                    self._actors.push(inbox.address(user), forward)
        for user, own in personal.items():
            replies = tuple(by_inbox.get(user, ()))
            forward = inbox.Forward(self._topic.room, from_rev, to_rev, tuple(own), replies)
            self._actors.push(inbox.address(user), forward, wake=bool(replies))


def _concerns(entry: RoomEvent) -> str | None:
    """The person whose inbox alone an entry is for; None: it is for all."""
    match entry:
        case MessagePosted() | MessageChanged():
            return None
        case ReadCursorMoved() | NotificationLevelSet() | MemberRemoved():
            return entry.user
        case MemberAdded(member=member):
            return member.user
        case (
            RoomCreated()
            | RoleChanged()
            | MemberBanned()
            | MemberUnbanned()
            | MessagesPruned()
            | RoomDeleted()
            | UsageCounted()
        ):
            return None
        case _:
            assert_never(entry)
