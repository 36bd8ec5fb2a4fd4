"""The counts of one person's rooms, and how forwards change them. Pure.

An inbox that wakes reads the counts from the store. They equal the result of folding all forwards
from the beginning.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterable
from typing import TypeVar

import attrs

from ..errors import Refused
from ..model import InboxRoom, Message, User
from ..protocol import results
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
from ..store.paging import fitting
from .mail import Forward
from .threads import Threads

E = TypeVar("E", bound=results.InboxEntry)


@attrs.define
class InboxState:
    """The rooms of one person with their counts.

    The totals and the order of the rooms are kept up to date, so that the cost of a page depends
    only on its length.

    :ivar stale: rooms that must be read from the store, after joining and after a gap.
    """

    user: str
    rooms: dict[str, InboxRoom] = attrs.field(factory=dict)
    """Changed only by :meth:`put` and :meth:`hide`."""
    stale: set[str] = attrs.field(factory=set)
    threads: Threads = attrs.field(init=False)
    unread: int = attrs.field(default=0, init=False)
    mentions: int = attrs.field(default=0, init=False)
    _order: list[tuple[int, str]] = attrs.field(factory=list, init=False)

    @threads.default
    def _no_threads(self) -> Threads:
        return Threads(self.user)

    def __attrs_post_init__(self) -> None:
        rooms, self.rooms = self.rooms, {}
        self.put(rooms.values())

    def put(self, rooms: Iterable[InboxRoom]) -> None:
        for room in rooms:
            was, place = self.rooms.get(room.room), _order(room)
            if was is None:
                insort(self._order, place)
            else:
                self._count(was, -1)
                if (before := _order(was)) != place:
                    del self._order[bisect_left(self._order, before)]
                    insort(self._order, place)
            self._count(room, 1)
            self.rooms[room.room] = room

    def load(self, rooms: Iterable[InboxRoom]) -> None:
        """Put rooms as they were read from the store, with the threads that are followed there."""
        for room in rooms:
            self.threads.load(room.room, room.threads)
            self.put([attrs.evolve(room, threads=())])

    def hide(self, room: str) -> None:
        """Remove the room. If it is stale, it stays stale."""
        self.threads.drop(room)
        was = self.rooms.pop(room, None)
        if was is not None:
            self._count(was, -1)
            del self._order[bisect_left(self._order, _order(was))]

    def drop(self, room: str) -> None:
        self.hide(room)
        self.stale.discard(room)

    def fold(self, forward: Forward) -> None:
        """Apply a forward. Events whose revs are known already change nothing."""
        room = self.rooms.get(forward.room)
        if forward.entries is None or (room is not None and forward.from_rev > room.rev):
            self.stale.add(forward.room)
            return
        if room is None and forward.replies:
            self.stale.add(forward.room)  # unreadable so far, or the person has left the room
        for entry in forward.entries:
            match entry:
                case MessagePosted() | MessageChanged():
                    continue
                case (
                    RoomConfigured()
                    | ReadCursorMoved()
                    | NotificationLevelSet()
                    | ThreadFollowed()
                    | ThreadUnfollowed()
                ):
                    pass  # folded in below
                case MemberRemoved(user=self.user):
                    self.drop(forward.room)
                    room = None
                case MemberAdded(member=member) if member.user == self.user:
                    self.stale.add(forward.room)
                case MessagesPruned():
                    self.stale.add(forward.room)
                case MemberRemoved() | MemberAdded():
                    pass  # concerns another member
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
                    pass  # not shown in an inbox
        if room is not None:
            self.put([_folded(room, self.user, self.threads, forward.entries)])

    def set_partner(self, room: str, partner: User) -> None:
        """Set how the other person of a direct room is shown."""
        known = self.rooms.get(room)
        if known is not None:
            self.put([attrs.evolve(known, partner=partner, title=partner.display_name)])

    def page(self, after: str | None, limit: int, size: Callable[[Message], int]) -> results.Inbox:
        """Return a page of rooms, newest activity first.

        It ends early when the last messages have PAGE_BYTES.

        :param after: the ``next`` of an earlier reply.
        :param size: returns the bytes of a message.
        :raises Refused: ``after`` is not from a reply.
        """
        order = self._order
        start = 0 if after is None else bisect_right(order, _parse_cursor(after))
        asked = [self.rooms[name] for _, name in order[start : start + limit]]
        page = list(
            fitting(asked, lambda room: size(room.last_message) if room.last_message else 0)
        )
        return results.Inbox(
            unread=self.unread,
            mentions=self.mentions,
            threads=results.ThreadSums(self.threads.unread, self.threads.mentions),
            rooms=tuple(show(room, results.InboxEntry) for room in page),
            next=f"{page[-1].active_at}:{page[-1].room}"
            if start + len(page) < len(order)
            else None,
        )

    def _count(self, room: InboxRoom, sign: int) -> None:
        self.unread += sign * room.unread
        self.mentions += sign * room.mentions


def show(room: InboxRoom, kind: type[E]) -> E:
    """Convert a room to an inbox entry, or to the event about a changed entry."""
    return kind(
        room=room.room,
        kind=room.kind,
        title=room.title,
        visibility=room.visibility,
        head_seq=room.head_seq,
        read_seq=room.read_seq,
        unread=room.unread,
        mentions=room.mentions,
        notifications=room.level,
        with_=room.partner,
        last_message=room.last_message,
    )


def _folded(
    room: InboxRoom, user: str, threads: Threads, entries: Iterable[RoomEvent]
) -> InboxRoom:
    head_seq, rev, read_seq = room.head_seq, room.rev, room.read_seq
    unread, mentions, level = room.unread, room.mentions, room.level
    active_at, last = room.active_at, None
    title, visibility, version = room.title, room.visibility, room.version
    for entry in entries:
        match entry:
            case MessagePosted(message=message) if message.rev > rev:
                rev = message.rev
                if message.thread is None:
                    head_seq, active_at, last = message.seq, message.timestamp, message
                    unread += message.sender != user
                    mentions += message.mentioned(user)
                else:
                    threads.post(message)
            case MessageChanged(kind=kind, message=message, was=was) if message.rev > rev:
                rev = message.rev
                if message.thread is not None:
                    threads.change(message, was)
                elif message.seq > read_seq:
                    unread -= kind == "delete" and message.sender != user
                    mentions += message.mentioned(user) - was.mentioned(user)
                if message.seq == head_seq:
                    last = message
            # An older event than the last read from the store is already part of that read.
            case ReadCursorMoved() if (
                entry.user == user and entry.rev >= rev and entry.read_seq >= read_seq
            ):
                read_seq, unread, mentions = entry.read_seq, entry.unread, entry.mentions
            case ThreadFollowed() if entry.user == user and entry.rev >= rev:
                threads.follow(entry)
            case ThreadUnfollowed() if entry.user == user and entry.rev >= rev:
                threads.unfollow(room.room, entry)
            case NotificationLevelSet() if entry.user == user:
                level = entry.level
            case RoomConfigured() if entry.version > version:
                title, visibility = entry.title, entry.visibility
                version = entry.version
            case RoomConfigured():
                pass  # known already
            case (
                MessagePosted()
                | MessageChanged()
                | ReadCursorMoved()
                | NotificationLevelSet()
                | ThreadFollowed()
                | ThreadUnfollowed()
            ):
                pass  # known already, or of another member
            case MemberAdded() | MemberRemoved() | MessagesPruned():
                pass  # handled by InboxState.fold
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
                pass  # not shown in an inbox
    # attrs.evolve takes five times as long.
    return InboxRoom(
        room=room.room,
        kind=room.kind,
        title=title,
        visibility=visibility,
        head_seq=head_seq,
        rev=rev,
        read_seq=read_seq,
        unread=unread,
        mentions=mentions,
        level=level,
        active_at=active_at,
        version=version,
        partner=room.partner,
        last_message=room.last_message if last is None else last.preview(),
    )


def _order(room: InboxRoom) -> tuple[int, str]:
    return -room.active_at, room.room


def _parse_cursor(after: str) -> tuple[int, str]:
    active_at, _, room = after.partition(":")
    if not active_at.isdecimal():
        raise Refused("invalid_params", "after: not from a reply's next")
    return -int(active_at), room
