"""The committed state of a room in memory, which is never ahead of the disk. Pure.

``people`` caches people who were looked up, members or not. ``muted`` has the mutes of these, also
those that have ended: most rooms have none, which is one test for a batch. ``slowed`` has when they
last sent in slow mode. ``absent`` caches names
without an account. So the memory depends on the people in use, not on the number of members. The
caches may be dropped between any two batches.
"""

from collections.abc import Collection, Sequence
from typing import Any

import attrs

from ..model import Member, Room, Sanction
from ..store.events import (
    UNNUMBERED,
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
    PostedInThread,
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
from ..store.paging import LogHead
from ..store.rooms import People

CACHED_PEOPLE = 10_000
CACHED_ABSENT = 10_000


@attrs.define
class Person:
    """A person in the room's cache. ``display_name`` is None if there is no such account."""

    member: Member | None = None
    ban: Sanction | None = None
    display_name: str | None = None


@attrs.define
class RoomState:
    name: str
    room: Room | None
    people: dict[str, Person] = attrs.field(factory=dict)
    absent: set[str] = attrs.field(factory=set)
    muted: dict[str, Sanction] = attrs.field(factory=dict)
    slowed: dict[str, int] = attrs.field(factory=dict)

    @property
    def version(self) -> int:
        """The version of the room; 0 if there is none."""
        return self.room.version if self.room else 0

    @property
    def log_head(self) -> LogHead:
        room = self.room
        if room is None:
            return LogHead()
        return LogHead(
            room.head_seq,
            room.head_rev,
            room.first_seq,
            room.threaded,
            room.pruned_threaded,
            room.version,
        )

    def member(self, user: str) -> Member | None:
        person = self.people.get(user)
        return None if person is None else person.member

    def person(self, name: str) -> Person:
        """:raises KeyError: the name has not been looked up."""
        person = self.people.get(name)
        return Person() if person is None and name in self.absent else self.people[name]

    def unknown(self, names: Collection[str], mentioned: Collection[str] = ()) -> list[str]:
        """Return the names that must be looked up before a decision.

        ``names`` without an account are looked up again, since it may exist by now. For
        ``mentioned`` a cached absence is enough, since only ``names`` can become members by the
        decision. If the cache would overflow, all names are returned: :meth:`learn` then clears the
        whole cache, including people whom the decision needs.
        """
        people = self.people
        unknown = [name for name in names if name not in people]
        unknown += [name for name in mentioned if name not in people and name not in self.absent]
        if not unknown:
            return unknown
        unknown = list(dict.fromkeys(unknown))
        if len(people) + len(unknown) > CACHED_PEOPLE:
            return list(dict.fromkeys([*names, *mentioned]))
        return unknown

    def learn(self, names: Collection[str], found: People) -> None:
        """Cache the result of looking up ``names``, as returned by :meth:`unknown`."""
        known = found.users.keys() | found.members.keys() | found.banned.keys()
        if len(self.people) + len(known) > CACHED_PEOPLE:
            self.people.clear()
            self.muted.clear()
            self.slowed.clear()
        self.muted.update(found.muted)
        self.slowed.update(found.slowed)
        if len(self.absent) + len(names) > CACHED_ABSENT:
            self.absent.clear()
        for name in names:
            if name in known:
                self.people[name] = Person(
                    found.members.get(name), found.banned.get(name), found.users.get(name)
                )
                self.absent.discard(name)
            else:
                self.absent.add(name)

    def apply(self, events: Sequence[RoomEvent]) -> None:
        """Apply the events of one commit in order.

        Of several posted messages, only the last one is applied to the room.
        """
        last, threaded = None, None
        for event in events:
            if isinstance(event, MessagePosted):
                last = event
                if event.message.thread is not None and isinstance(event, PostedInThread):
                    threaded = event.number
            else:
                self.room = apply(self.room, event)
                self._apply_to_people(event)
        if last is not None:
            head_rev = self.room.head_rev if self.room else 0
            self.room = apply(self.room, last)
            if self.room is not None and head_rev > self.room.head_rev:
                self.room = attrs.evolve(self.room, head_rev=head_rev)
            if self.room is not None and threaded is not None:
                self.room = attrs.evolve(self.room, threaded=threaded)
        elif self.room is not None and any(not isinstance(e, UNNUMBERED) for e in events):
            self.room = attrs.evolve(self.room, version=self.room.version + 1)

    def reset(self, room: Room | None) -> None:
        """Replace the room by a later state of it, and drop all cached people."""
        self.room = room
        self.people.clear()
        self.muted.clear()
        self.slowed.clear()
        self.absent.clear()

    def forget(self, user: str) -> None:
        """Drop a person from the cache, since the account was erased."""
        self.people.pop(user, None)
        self.muted.pop(user, None)
        self.slowed.pop(user, None)

    def advance(self, user: str, read_seq: int) -> None:
        """Move a member's cursor in the cache to where the store has it, if that is further."""
        member = self.member(user)
        if member is not None and read_seq > member.read_seq:
            self._evolve_member(user, read_seq=read_seq)

    def _apply_to_people(self, event: RoomEvent) -> None:
        match event:
            case MemberAdded(member=member):
                known = self.member(member.user)
                # Another node's commit may be older than the look-up of the person.
                if known is None or known.joined_version < member.joined_version:
                    self._set_member(member.user, member)
            case MemberRemoved(user=user):
                self._set_member(user, None)
            case RoleChanged(user=user, role=role):
                self._evolve_member(user, role=role)
            case ReadCursorMoved(user=user, read_seq=read_seq):
                self._evolve_member(user, read_seq=read_seq)
            case NotificationLevelSet(user=user, level=level):
                self._evolve_member(user, level=level)
            case MemberBanned(user=user, sanction=ban):
                if person := self.people.get(user):
                    person.ban = ban
            case MemberUnbanned(user=user):
                if person := self.people.get(user):
                    person.ban = None
            case MemberMuted(user=user, sanction=mute):
                if user in self.people:
                    self.muted[user] = mute
            case SenderSlowed(user=user, at=at):
                if user in self.people:
                    self.slowed[user] = at
            case MemberUnmuted(user=user):
                self.muted.pop(user, None)
            case RoomDeleted():
                self.muted.clear()
                self.slowed.clear()
                for person in self.people.values():
                    person.member, person.ban = None, None
            case MessagesPruned(through=through):
                for person in self.people.values():
                    if person.member and person.member.read_seq < through:
                        person.member = attrs.evolve(person.member, read_seq=through)
            case (
                RoomCreated()
                | RoomConfigured()
                | MessagePosted()
                | MessageChanged()
                | ThreadFollowed()
                | ThreadUnfollowed()
                | UsageCounted()
                | Audited()
                | InvitationUsed()
            ):
                pass  # without effect on people

    def _evolve_member(self, user: str, **changes: Any) -> None:
        if member := self.member(user):
            self._set_member(user, attrs.evolve(member, **changes))

    def _set_member(self, user: str, member: Member | None) -> None:
        """Update a cached person. Others are not added, since the record would be partial."""
        if person := self.people.get(user):
            person.member = member


def apply(room: Room | None, event: RoomEvent) -> Room | None:
    """Return the room after a committed event; None if it does not exist.

    A posted message raises the version. :meth:`RoomState.apply` does so for other commits.

    :raises ValueError: the event is about a room that does not exist.
    """
    if isinstance(event, RoomCreated):
        return event.room
    if room is None:
        raise ValueError(f"{type(event).__name__} before the room was made")
    match event:
        case MessagePosted(message=message):
            return room.at(message.seq, message.rev, message.timestamp, room.version + 1)
        case MessageChanged(message=message):
            return attrs.evolve(room, head_rev=message.rev)
        case MemberAdded():
            return attrs.evolve(room, members=room.members + 1)
        case MemberRemoved():
            return attrs.evolve(room, members=room.members - 1)
        case MessagesPruned(through=through, threaded=threaded):
            return attrs.evolve(room, first_seq=through + 1, pruned_threaded=threaded)
        case RoomConfigured(title, topic, visibility, policy):
            return attrs.evolve(
                room, title=title, topic=topic, visibility=visibility, policy=policy
            )
        case RoomDeleted():
            return None
        case (
            RoleChanged()
            | SenderSlowed()
            | ReadCursorMoved()
            | NotificationLevelSet()
            | ThreadFollowed()
            | ThreadUnfollowed()
            | MemberBanned()
            | MemberUnbanned()
            | MemberMuted()
            | MemberUnmuted()
            | UsageCounted()
            | Audited()
            | InvitationUsed()
        ):
            return room
