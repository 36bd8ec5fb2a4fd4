"""Publish committed events to a room's watchers, the people concerned, and the members' inboxes.

No method waits.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, assert_never

from ..actors.supervisor import Supervisor
from ..hub.channel import Channel
from ..hub.envelope import ReplyTo
from ..hub.hub import Hub
from ..inbox import mail as inbox
from ..model import Role, Sanction
from ..protocol.events import (
    MemberChanged,
    MessageChangedEvent,
    MuteChanged,
    NewMessageEvent,
    ReactionsChanged,
    RoomChanged,
)
from ..store.events import (
    Audited,
    InvitationUsed,
    MemberAdded,
    MemberBanned,
    MemberMuted,
    MemberRemoved,
    MemberUnbanned,
    MemberUnmuted,
    MessageChanged,
    MessagePosted,
    MessagesPruned,
    NotificationLevelSet,
    ReadCursorMoved,
    RoleChanged,
    RoomConfigured,
    RoomCreated,
    RoomDeleted,
    RoomEvent,
    SenderSlowed,
    ThreadFollowed,
    ThreadUnfollowed,
    UsageCounted,
)
from ..store.reactions import ReactionChange
from .settings import settings_of
from .usage_meter import UsageMeter

WITHOUT_REV: Final = (MessagesPruned, RoomConfigured)
"""Events for all inboxes, which these cannot notice by the rev."""


class Publisher:
    def __init__(
        self,
        channel: Channel,
        hub: Hub,
        actors: Supervisor,
        meter: UsageMeter,
    ) -> None:
        self._channel = channel
        self._hub = hub
        self._actors = actors
        self._meter = meter

    def publish(self, event: RoomEvent, *, own: bool) -> None:
        """:param own: this node committed it, and so counts what its sender has used."""
        match event:
            case MessagePosted(message=message):
                if message.sender in self._channel.typing:
                    self._channel.set_typing(message.sender, False, message.thread)
                self._channel.publish_message(NewMessageEvent, message, event)
                if own:
                    self._meter.posted += 1
                    text = message.text if message.data is None else message.text + message.data
                    self._meter.count(message.sender, text)
            case MessageChanged(reaction=ReactionChange() as change, message=message):
                if own and change.added:
                    self._meter.count(change.user, change.emoji)
                told = ReactionsChanged(
                    room=message.room,
                    seq=message.seq,
                    rev=message.rev,
                    emoji=change.emoji,
                    count=change.count,
                    user=change.user,
                    added=change.added,
                    epoch=self._channel.epoch,
                )
                self._channel.publish_reaction(told, message, event)
            case MessageChanged(kind=kind, message=message):
                if own and kind == "edit":
                    self._meter.count(message.sender, message.text)
                self._channel.publish_message(MessageChangedEvent, message, event)
            case ReadCursorMoved() | NotificationLevelSet() | ThreadFollowed() | ThreadUnfollowed():
                pass  # published by the inbox of the person concerned
            case MemberAdded(member=member):
                if self._actors.awake(inbox.address(member.user)):
                    self._hub.inboxes.follow(member.user, self._channel.room)
                self.publish_member(member.user, member.role)
                self._hub.online.publish_new_member(member.user, self._channel)
            case MemberRemoved(user=user):
                self._hub.detach(user, self._channel)
                self.publish_member(user, None)
            case RoleChanged(user=user, role=role):
                self.publish_member(user, role)
            case MessagesPruned(through=through):
                self._channel.messages.prune(through)  # without an event
            case RoomConfigured():
                self._channel.private = event.visibility == "private"
                self._channel.publish(settings_of(RoomChanged, self._channel.room, event))
            case MemberMuted(user=user, sanction=mute):
                self._publish_mute(user, mute)
            case MemberUnmuted(user=user):
                self._publish_mute(user, None)
            case (
                RoomCreated()
                | SenderSlowed()
                | MemberBanned()
                | MemberUnbanned()
                | RoomDeleted()
                | UsageCounted()
                | Audited()
                | InvitationUsed()
            ):
                pass  # without an event; the actor notifies the members of a deleted room

    def publish_member(self, user: str, role: Role | None) -> None:
        """Publish a person's role to watchers and to the person's sessions; None means removed."""
        event = MemberChanged(room=self._channel.room, user=user, role=role)
        self._hub.notify(user, self._channel, event)

    def _publish_mute(self, user: str, mute: Sanction | None) -> None:
        """Publish to watchers, and to the person if a member, that a person is muted or not."""
        event = MuteChanged(
            room=self._channel.room,
            user=user,
            muted=mute is not None,
            until=mute.until if mute else None,
            reason=(mute and mute.reason) or None,
        )
        if user in self._channel.inboxes:
            self._hub.notify(user, self._channel, event)
        else:
            self._channel.publish(event)

    def forward(
        self,
        from_rev: int,
        to_rev: int,
        events: Sequence[RoomEvent],
        by_inbox: Mapping[str, Sequence[ReplyTo]],
    ) -> None:
        """Forward events to the awake inboxes of members. Others read the log when they wake.

        Commits that an inbox can notice by their rev are forwarded only if it needs them now: see
        :meth:`.AwakeInboxes.to_forward`. It catches up with others before it answers.

        :param by_inbox: by user, the calls that the user's inbox must answer after these events.
        """
        for_everyone, per_user = split_by_audience(events, by_inbox)
        room = self._channel.room
        if for_everyone:
            self._hub.inboxes.reads.note_commit(room)
            forward = inbox.Forward(room, from_rev, to_rev, tuple(for_everyone))
            followers: Iterable[str] = self._hub.inboxes.to_forward(self._channel)
            if any(isinstance(event, WITHOUT_REV) for event in for_everyone):
                followers = self._channel.inboxes
            for user in followers:
                if user not in per_user:
                    self._actors.push(inbox.address(user), forward)
        for user, own in per_user.items():
            replies = tuple(by_inbox.get(user, ()))
            forward = inbox.Forward(room, from_rev, to_rev, tuple(own), replies)
            self._actors.push(inbox.address(user), forward, wake=bool(replies))


def split_by_audience(
    events: Iterable[RoomEvent], users: Iterable[str] = ()
) -> tuple[list[RoomEvent], dict[str, list[RoomEvent]]]:
    """Return the events for all inboxes, and the events for each user who has events of their own.

    The latter are complete and in order: they contain the events for all inboxes.

    :param users: users to include even without events of their own.
    """
    for_everyone: list[RoomEvent] = []
    per_user: dict[str, list[RoomEvent]] = {user: [] for user in users}
    for event in events:
        match event:
            case MessagePosted() | MessageChanged() | MessagesPruned() | RoomConfigured():
                for_everyone.append(event)
                for own in per_user.values():
                    own.append(event)
                continue
            case (
                ReadCursorMoved()
                | NotificationLevelSet()
                | ThreadFollowed()
                | ThreadUnfollowed()
                | MemberRemoved()
            ):
                user = event.user
            case MemberAdded(member=member):
                user = member.user
            case (
                RoomCreated()
                | SenderSlowed()
                | RoleChanged()
                | MemberBanned()
                | MemberUnbanned()
                | MemberMuted()
                | MemberUnmuted()
                | RoomDeleted()
                | UsageCounted()
                | Audited()
                | InvitationUsed()
            ):
                continue  # not shown in an inbox
            case _:
                assert_never(event)
        if user not in per_user:
            per_user[user] = list(for_everyone)
        per_user[user].append(event)
    return for_everyone, per_user
