"""One room in memory: entries are applied to it, and what it is asked it counts anew."""

from bisect import bisect_right

import attrs

from ...model import Member, Message, Room
from ..events import (
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


@attrs.define(eq=False)
class Log:
    """One room. ``posted`` has the rev at posting of every seq, also of those that are pruned;
    ``first_revs`` the first one that each incarnation wrote, by its number.
    """

    room: Room
    members: dict[str, Member] = attrs.Factory(dict)
    bans: set[str] = attrs.Factory(set)
    messages: dict[int, Message] = attrs.Factory(dict)
    posted: list[int] = attrs.Factory(list)
    first_revs: dict[int, int] = attrs.Factory(dict)

    def copy(self) -> "Log":
        return Log(
            self.room,
            dict(self.members),
            set(self.bans),
            dict(self.messages),
            list(self.posted),
            dict(self.first_revs),
        )

    # ---- entries

    def apply(self, entry: RoomEvent) -> None:
        match entry:
            case RoomCreated():
                raise LookupError(f"{self.room.name} exists")
            case MemberAdded(member):
                if member.user in self.members:
                    raise LookupError(f"{member.user} is a member")
                self.members[member.user] = member
                self._count(1)
            case MemberRemoved(user):
                del self.members[user]
                self._count(-1)
            case RoleChanged(user, role):
                self.members[user] = attrs.evolve(self.members[user], role=role)
            case NotificationLevelSet(user, level):
                self.members[user] = attrs.evolve(self.members[user], level=level)
            case MemberBanned(user):
                self.bans.add(user)
            case MemberUnbanned(user):
                self.bans.discard(user)
            case MessagePosted(message):
                self._post(message)
            case MessageChanged(message=message):
                if message.seq not in self.messages:
                    raise LookupError(f"no message {message.seq}")
                self.messages[message.seq] = message
                self.room = attrs.evolve(self.room, head_rev=message.rev)
            case MessagesPruned(through):
                self._prune(through)
            case ReadCursorMoved() | RoomDeleted() | UsageCounted():
                pass  # for the store to apply

    def _count(self, change: int) -> None:
        self.room = attrs.evolve(self.room, members=self.room.members + change)

    def _post(self, message: Message) -> None:
        if message.seq != len(self.posted) + 1:
            raise LookupError(f"{message.seq} is not the next seq")
        self.messages[message.seq] = message
        self.posted.append(message.rev)
        self.room = self.room.at(message.seq, message.rev, message.timestamp)
        if sender := self.members.get(message.sender):
            self.members[sender.user] = attrs.evolve(sender, sent=sender.sent + 1)

    def _prune(self, through: int) -> None:
        for member in list(self.members.values()):
            self._move(member, through)
        for seq in [seq for seq in self.messages if seq <= through]:
            del self.messages[seq]
        self.room = attrs.evolve(self.room, first_seq=max(self.room.first_seq, through + 1))

    def _move(self, member: Member, read_seq: int) -> Member:
        """The cursor goes forward or stays."""
        if read_seq <= member.read_seq:
            return member
        passed = sum(
            message.sender == member.user
            for message in self.messages.values()
            if member.read_seq < message.seq <= read_seq
        )
        moved = attrs.evolve(member, read_seq=read_seq, sent_read=member.sent_read + passed)
        self.members[member.user] = moved
        return moved

    def read(self, entry: ReadCursorMoved) -> ReadCursorMoved:
        member = self._move(self.members[entry.user], entry.read_seq)
        unread, mentions = self.unread(member)
        return ReadCursorMoved(
            entry.user,
            member.read_seq,
            member.sent_read,
            unread,
            mentions,
            self.room.head_rev,
        )

    # ---- reads

    def unread(self, member: Member) -> tuple[int, int]:
        """I4, as it is written."""
        new = [
            message
            for message in self.messages.values()
            if message.seq > member.read_seq
            and message.sender != member.user
            and not message.deleted
        ]
        return len(new), sum(message.mentioned(member.user) for message in new)

    def log(self) -> list[Message]:
        return [self.messages[seq] for seq in sorted(self.messages)]

    def seq_at(self, rev: int) -> int:
        return bisect_right(self.posted, rev)

    def prune_point(self, keep_messages: int | None, before: int | None) -> int:
        """The last message that may go; 0: none."""
        messages = self.log()
        too_many = 0 if keep_messages is None else max(len(messages) - keep_messages, 0)
        by_count = messages[:too_many]
        by_age = [m for m in messages if before is not None and m.timestamp < before]
        return max((message.seq for message in (*by_count[-1:], *by_age)), default=0)
