"""Sessions: what each of them watches, and which changes of a room it is told of, but messages."""

from collections.abc import Iterator
from typing import TypeAlias

import attrs

from chatroom.protocol.events import MemberChanged, MuteChanged, RoomChanged
from chatroom.store.events import (
    MemberAdded,
    MemberMuted,
    MemberRemoved,
    MemberUnmuted,
    RoleChanged,
    RoomConfigured,
)

from .outcome import Done
from .pages import shown_policy

Change: TypeAlias = MemberChanged | MuteChanged | RoomChanged


@attrs.define
class SessionsModel:
    """:ivar users: by session.
    :ivar watching: by session, the rooms to which it is subscribed.
    """

    users: dict[str, str] = attrs.Factory(dict)
    watching: dict[str, set[str]] = attrs.Factory(dict)

    def come(self, session: str, user: str) -> None:
        self.users[session], self.watching[session] = user, set()

    def go(self, session: str) -> None:
        self.users.pop(session, None)
        self.watching.pop(session, None)

    def watchers(self, room: str) -> list[str]:
        return [session for session, rooms in self.watching.items() if room in rooms]

    def of(self, user: str) -> list[str]:
        return [session for session, its_user in self.users.items() if its_user == user]

    def handle(self, session: str, method: str, done: Done) -> list[tuple[str, Change]]:
        """Apply a call that was done. Returns who is told of which change."""
        if method == "unsubscribe" or (method == "subscribe" and done.result.has_more):
            self.watching[session].discard(done.room)
        elif method == "subscribe":
            self.watching[session].add(done.room)
        told = [(each, change) for change in _changes(done) for each in self._told(change, done)]
        for user in done.lost_members:  # the room was deleted: nobody is told of others
            for each in self.of(user):
                self.watching[each].discard(done.room)
                told.append((each, MemberChanged(done.room, user, None)))
        return told

    def _told(self, change: Change, done: Done) -> list[str]:
        watchers = self.watchers(change.room)
        if isinstance(change, RoomChanged) or (
            isinstance(change, MuteChanged) and change.user != done.muted_member
        ):
            return watchers
        theirs = self.of(change.user)
        told = [*dict.fromkeys([*watchers, *theirs])]
        if isinstance(change, MemberChanged) and change.role is None:
            for session in theirs:
                self.watching[session].discard(change.room)
        return told


def _changes(done: Done) -> Iterator[Change]:
    for event in done.events:
        if isinstance(event, MemberAdded):
            yield MemberChanged(done.room, event.member.user, event.member.role)
        elif isinstance(event, MemberRemoved):
            yield MemberChanged(done.room, event.user, None)
        elif isinstance(event, RoleChanged):
            yield MemberChanged(done.room, event.user, event.role)
        elif isinstance(event, MemberMuted):
            until, why = event.sanction.until, event.sanction.reason or None
            yield MuteChanged(done.room, event.user, True, until, why)
        elif isinstance(event, MemberUnmuted):
            yield MuteChanged(done.room, event.user, False)
        elif isinstance(event, RoomConfigured):
            policy = shown_policy(event.policy)
            yield RoomChanged(done.room, event.title, event.topic, event.visibility, **policy)
