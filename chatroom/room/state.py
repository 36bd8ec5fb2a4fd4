"""What a room knows, all of it committed: memory is never ahead of the disk. Pure.

``people`` is a cache of the people that were looked up, members or not; ``absent`` one of names
that nobody had. A room of a million members costs what is in use, and dropping the caches between
two batches is always safe.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

import attrs

from ..model import Member, Room
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
from ..store.paging import LogHead
from ..store.rooms import People
from .window import Window

CACHED_PEOPLE = 10_000
CACHED_ABSENT = 10_000


@attrs.define
class Person:
    """``display_name`` None: there is no such account."""

    member: Member | None = None
    banned: bool = False
    display_name: str | None = None


@attrs.define
class RoomState:
    name: str
    room: Room | None
    people: dict[str, Person] = attrs.field(factory=dict)
    absent: set[str] = attrs.field(factory=set)
    window: Window = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.window = Window(self.room.head_seq if self.room else 0)

    @property
    def stand(self) -> LogHead:
        room = self.room
        return LogHead(room.head_seq, room.head_rev, room.first_seq) if room else LogHead()

    def member(self, user: str) -> Member | None:
        person = self.people.get(user)
        return None if person is None else person.member

    def person(self, name: str) -> Person:
        """:raises KeyError: the name has not been looked up."""
        person = self.people.get(name)
        return Person() if person is None and name in self.absent else self.people[name]

    def unknown(self, names: Iterable[str], mentioned: Iterable[str] = ()) -> list[str]:
        """Those that must be looked up before a decision about all of them.

        Of ``names`` also those that had no account: they may have one by now. They are all who can
        become members by the decision, so that it is enough for ``mentioned`` to have been absent.
        When there is no place for more, all of them: the whole cache makes place, and must not
        drop anybody whom the decision turns on.
        """
        acting, people = dict.fromkeys(names), self.people
        others = dict.fromkeys(name for name in mentioned if name not in acting)
        unknown = [name for name in acting if name not in people]
        unknown += [name for name in others if name not in people and name not in self.absent]
        if unknown and len(people) + len(unknown) > CACHED_PEOPLE:
            return [*acting, *others]
        return unknown

    def learn(self, names: Collection[str], found: People) -> None:
        """``names`` are those that :meth:`unknown` told."""
        known = found.users.keys() | found.members.keys() | found.banned
        if len(self.people) + len(known) > CACHED_PEOPLE:
            self.people.clear()
        if len(self.absent) + len(names) > CACHED_ABSENT:
            self.absent.clear()
        for name in names:
            if name in known:
                self.people[name] = Person(
                    found.members.get(name), name in found.banned, found.users.get(name)
                )
                self.absent.discard(name)
            else:
                self.absent.add(name)

    def follow(self, entries: Sequence[RoomEvent]) -> None:
        """Committed entries, in order. Of many messages only the last one changes the room."""
        last = None
        for entry in entries:
            self.window.follow(entry)
            if isinstance(entry, MessagePosted):
                last = entry
            else:
                self._apply(entry)
        if last is not None:
            head_rev = self.room.head_rev if self.room else 0
            self._apply(last)
            if self.room is not None and head_rev > self.room.head_rev:
                self.room = attrs.evolve(self.room, head_rev=head_rev)

    def _apply(self, entry: RoomEvent) -> None:
        if isinstance(entry, RoomCreated):
            self.room = entry.room
            return
        if self.room is None:
            raise ValueError(f"{self.name}: {type(entry).__name__} before it was made")
        match entry:
            case MessagePosted(message=message):
                self.room = self.room.at(message.seq, message.rev, message.timestamp)
            case MessageChanged(message=message):
                self.room = attrs.evolve(self.room, head_rev=message.rev)
            case MemberAdded(member=member):
                self.room = attrs.evolve(self.room, members=self.room.members + 1)
                self._set_member(member.user, member)
            case MemberRemoved(user=user):
                self.room = attrs.evolve(self.room, members=self.room.members - 1)
                self._set_member(user, None)
            case RoleChanged(user=user, role=role):
                self._evolve_member(user, role=role)
            case ReadCursorMoved(user=user, read_seq=read_seq):
                self._evolve_member(user, read_seq=read_seq)
            case NotificationLevelSet(user=user, level=level):
                self._evolve_member(user, level=level)
            case MemberBanned(user=user):
                if person := self.people.get(user):
                    person.banned = True
            case MemberUnbanned(user=user):
                if person := self.people.get(user):
                    person.banned = False
            case RoomDeleted():
                self.room, self.window = None, Window(0)
                for person in self.people.values():
                    person.member, person.banned = None, False
            case MessagesPruned(through=through):
                self.room = attrs.evolve(self.room, first_seq=through + 1)
                for person in self.people.values():
                    if person.member and person.member.read_seq < through:
                        person.member = attrs.evolve(person.member, read_seq=through)
            case UsageCounted():
                pass  # of an account, not of the room

    def _evolve_member(self, user: str, **changes: Any) -> None:
        if member := self.member(user):
            self._set_member(user, attrs.evolve(member, **changes))

    def _set_member(self, user: str, member: Member | None) -> None:
        """Who is not in the cache stays out: it must not hold half of what is known."""
        if person := self.people.get(user):
            person.member = member
