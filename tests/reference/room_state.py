"""The state of a room in the model, to which it applies room events from any source."""

from collections.abc import Collection
from typing import Final, Self, assert_never

import attrs

from chatroom.model import DEFAULT_POLICY, Kind, Member, Message, Room, RoomPolicy, Visibility
from chatroom.store.events import (
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

from .reactions import reacted, shown

SHOWN_WRITERS: Final = 10
"""Users whom the summary of a thread names."""


@attrs.define
class RoomState:
    """The state of a room. Members have cursors, but no counters.

    :ivar log: the messages that are not pruned, in their present state.
    :ivar posted: by seq, the rev of each post, including pruned messages.
    :ivar reactors: by seq and emoji, who reacted, in order.
    :ivar pins: seqs of pinned messages, in the order in which they were pinned.
    :ivar followers: the read cursors of followers of threads, by user and root.
    :ivar writers: by root, the first who wrote in a thread, in order.
    :ivar banned: the last ban of each person who is banned; ``muted`` likewise.
    :ivar threaded: the number of messages in threads, and of those that are pruned.
    :ivar main: seq and time of the last message of the main log.
    :ivar epochs: the first rev of each epoch that wrote in this room.
    :ivar version: the number of commits, which :meth:`count_commit` counts.
    :ivar now: the time in ms.
    """

    name: str
    kind: Kind = "room"
    visibility: Visibility = "public"
    title: str = ""
    topic: str = ""
    policy: RoomPolicy = DEFAULT_POLICY
    created_at: int = 1000
    now: int = 1000
    head_rev: int = 0
    first_seq: int = 1
    last_timestamp: int = 0
    version: int = 0
    log: dict[int, Message] = attrs.Factory(dict)
    posted: list[int] = attrs.Factory(list)
    members: dict[str, Member] = attrs.Factory(dict)
    banned: dict[str, MemberBanned] = attrs.Factory(dict)
    muted: dict[str, MemberMuted] = attrs.Factory(dict)
    epochs: dict[str, int] = attrs.Factory(dict)
    reactors: dict[int, dict[str, list[str]]] = attrs.Factory(dict)
    pins: list[int] = attrs.Factory(list)
    followers: dict[tuple[str, int], int] = attrs.Factory(dict)
    writers: dict[int, tuple[str, ...]] = attrs.Factory(dict)
    threaded: tuple[int, int] = 0, 0
    main: tuple[int, int] = 0, 0

    @property
    def head_seq(self) -> int:
        return len(self.posted)

    def copy(self) -> Self:
        return attrs.evolve(
            self,
            log=dict(self.log),
            posted=list(self.posted),
            members=dict(self.members),
            banned=dict(self.banned),
            muted=dict(self.muted),
            epochs=dict(self.epochs),
            reactors=dict(self.reactors),
            pins=list(self.pins),
            followers=dict(self.followers),
            writers=dict(self.writers),
        )

    def count_commit(self, events: Collection[RoomEvent]) -> None:
        """Count a commit of these events."""
        alone = (
            *(ReadCursorMoved, NotificationLevelSet, UsageCounted, Audited, InvitationUsed),
            *(ThreadFollowed, ThreadUnfollowed),
        )
        if any(not isinstance(event, alone) for event in events):
            self.version += 1

    def apply(self, event: RoomEvent) -> None:
        """Apply an event. :raises LookupError: it is impossible in the present state."""
        match event:
            case RoomCreated():
                raise LookupError(f"{self.name} exists")
            case MemberAdded(member):
                if member.user in self.members:
                    raise LookupError(f"{member.user} is a member")
                self.members[member.user] = attrs.evolve(member, sent=0, sent_read=0)
            case MemberRemoved(user):
                del self.members[user]
                self.followers = {k: seq for k, seq in self.followers.items() if k[0] != user}
            case RoleChanged(user, role):
                self.members[user] = attrs.evolve(self.members[user], role=role)
            case NotificationLevelSet(user, level):
                self.members[user] = attrs.evolve(self.members[user], level=level)
            case MemberBanned(user):
                self.banned[user] = event
            case MemberUnbanned(user):
                self.banned.pop(user, None)
            case MemberMuted(user):
                self.muted[user] = event
            case MemberUnmuted(user):
                self.muted.pop(user, None)
            case MessagePosted(message):
                self._next(message, self.head_seq + 1)
                self.posted.append(message.rev)
                self.last_timestamp = message.timestamp
                self._place(message)
            case MessageChanged(message=message, was=was, reaction=reaction):
                if self.log.get(message.seq) != was:
                    raise LookupError(f"{was} is not there")
                if reaction is not None:
                    emojis = self.reactors.get(message.seq, {})
                    self.reactors[message.seq] = reacted(emojis, reaction)
                elif message.deleted:
                    self.reactors.pop(message.seq, None)
                if message.reactions != shown(self.reactors.get(message.seq, {})):
                    raise LookupError(f"{message} has other reactions")
                if not message.pinned_by:
                    self.pins = [seq for seq in self.pins if seq != message.seq]
                elif not was.pinned_by:
                    self.pins.append(message.seq)
                self._next(message, message.seq)
            case ReadCursorMoved(user, seq):
                self._move(user, seq)
            case ThreadFollowed(user, root, seq):
                if user not in self.members:
                    raise LookupError(f"{user} is no member")
                least = max(seq, self.first_seq - 1)
                self.followers[user, root] = max(least, self.followers.get((user, root), 0))
            case ThreadUnfollowed(user, root):
                self.followers.pop((user, root), None)
            case MessagesPruned(through):
                gone = [m for seq, m in self.log.items() if seq <= through and m.thread]
                self.threaded = self.threaded[0], self.threaded[1] + len(gone)
                self.log = {seq: message for seq, message in self.log.items() if seq > through}
                self.reactors = {seq: each for seq, each in self.reactors.items() if seq > through}
                self.pins = [seq for seq in self.pins if seq > through]
                self.first_seq = max(self.first_seq, through + 1)
                for user in self.members:
                    self._move(user, through)
                kept = {*self.log, *(message.thread for message in self.log.values())}
                self.writers = {r: users for r, users in self.writers.items() if r in kept}
                self.followers = {
                    (user, root): max(seq, through)
                    for (user, root), seq in self.followers.items()
                    if root in kept
                }
            case RoomConfigured(title, topic, visibility, policy):
                self.title, self.topic = title, topic
                self.visibility, self.policy = visibility, policy
            case RoomDeleted() | UsageCounted() | SenderSlowed() | Audited() | InvitationUsed():
                pass  # no effect on the room itself
            case _:
                assert_never(event)

    def _next(self, message: Message, seq: int) -> None:
        if (message.seq, message.rev) != (seq, self.head_rev + 1):
            raise LookupError(f"{message} is not next")
        self.log[seq] = message
        self.head_rev = message.rev

    def _place(self, message: Message) -> None:
        root = message.thread
        if root is None:
            self.main = message.seq, message.timestamp
            return
        self.threaded = self.threaded[0] + 1, self.threaded[1]
        users = self.writers.get(root, ())
        self.writers[root] = tuple(dict.fromkeys((*users, message.sender)))[:SHOWN_WRITERS]

    def _move(self, user: str, seq: int) -> None:
        """Move a read cursor. It never goes back."""
        member = self.members[user]
        self.members[user] = attrs.evolve(member, read_seq=max(member.read_seq, seq))

    @property
    def room(self) -> Room:
        return Room(
            self.name,
            self.kind,
            self.visibility,
            self.title,
            self.topic,
            self.created_at,
            self.head_seq,
            self.head_rev,
            self.first_seq,
            self.last_timestamp,
            len(self.members),
            self.version,
            *self.threaded,
            self.policy,
        )

    def messages(self) -> list[Message]:
        return [self.log[seq] for seq in sorted(self.log)]
