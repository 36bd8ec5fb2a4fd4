"""One room: its log, its members and their read cursors.

It applies room events from any source. For tests without a server, :meth:`RoomModel.posting` and
:meth:`RoomModel.changing` create events with the next numbers.
"""

import re
from bisect import bisect_right
from collections.abc import Collection
from typing import Final, assert_never

import attrs

from chatroom.model import (
    DEFAULT_POLICY,
    EVERYONE,
    Kind,
    Member,
    Message,
    Role,
    Room,
    RoomPolicy,
    Sanction,
    SendReceipt,
    Visibility,
)
from chatroom.store.events import (
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
    UsageCounted,
)

ROLES: Final[tuple[Role, ...]] = ("owner", "moderator", "member")
TICK_MS: Final = 10
"""Time between two events created here."""
_MENTION: Final = re.compile(r"(?<![a-z0-9._-])@([a-z0-9._-]+)")


@attrs.frozen
class PageModel:
    messages: tuple[Message, ...]
    more_before: bool
    more_after: bool


@attrs.frozen
class ResumeModel:
    """A page of missed messages, ascending by rev. All revs up to ``next_rev`` are on it."""

    messages: tuple[Message, ...]
    next_rev: int
    has_more: bool


@attrs.define
class RoomModel:
    """The model of a room. Members have cursors, but no counters.

    :ivar log: the messages that are not pruned, in their present state.
    :ivar posted: by seq, the rev of each post, including pruned messages.
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
    banned: dict[str, Sanction] = attrs.Factory(dict)
    muted: dict[str, Sanction] = attrs.Factory(dict)
    epochs: dict[str, int] = attrs.Factory(dict)

    @property
    def head_seq(self) -> int:
        return len(self.posted)

    def copy(self) -> "RoomModel":
        return attrs.evolve(
            self,
            log=dict(self.log),
            posted=list(self.posted),
            members=dict(self.members),
            banned=dict(self.banned),
            muted=dict(self.muted),
            epochs=dict(self.epochs),
        )

    # ---- changes

    def count_commit(self, events: Collection[RoomEvent]) -> None:
        """Count a commit of these events."""
        alone = (ReadCursorMoved, NotificationLevelSet, UsageCounted)
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
            case RoleChanged(user, role):
                self.members[user] = attrs.evolve(self.members[user], role=role)
            case NotificationLevelSet(user, level):
                self.members[user] = attrs.evolve(self.members[user], level=level)
            case MemberBanned(user, sanction=sanction):
                self.banned[user] = sanction
            case MemberUnbanned(user):
                self.banned.pop(user, None)
            case MemberMuted(user, sanction=sanction):
                self.muted[user] = sanction
            case MemberUnmuted(user):
                self.muted.pop(user, None)
            case MessagePosted(message):
                self._next(message, self.head_seq + 1)
                self.posted.append(message.rev)
                self.last_timestamp = message.timestamp
            case MessageChanged(message=message, was=was):
                if self.log.get(message.seq) != was:
                    raise LookupError(f"{was} is not there")
                self._next(message, message.seq)
            case ReadCursorMoved(user, seq):
                self._move(user, seq)
            case MessagesPruned(through):
                self.log = {seq: message for seq, message in self.log.items() if seq > through}
                self.first_seq = max(self.first_seq, through + 1)
                for user in self.members:
                    self._move(user, through)
            case RoomConfigured(title, topic, visibility, policy):
                self.title, self.topic = title, topic
                self.visibility, self.policy = visibility, policy
            case RoomDeleted() | UsageCounted() | SenderSlowed():
                pass  # no effect on the room itself
            case _:
                assert_never(event)

    def _next(self, message: Message, seq: int) -> None:
        if (message.seq, message.rev) != (seq, self.head_rev + 1):
            raise LookupError(f"{message} is not next")
        self.log[seq] = message
        self.head_rev = message.rev

    def _move(self, user: str, seq: int) -> None:
        """Move a read cursor. It never goes back."""
        member = self.members[user]
        self.members[user] = attrs.evolve(member, read_seq=max(member.read_seq, seq))

    def posting(
        self,
        sender: str,
        text: str = "hello",
        client_id: str | None = None,
        mentions: tuple[str, ...] = (),
        reply_to: int | None = None,
        at: int | None = None,
    ) -> MessagePosted:
        """Create the event of the next message, and apply it."""
        self.now = self.now + TICK_MS if at is None else at
        message = Message(
            room=self.name,
            seq=self.head_seq + 1,
            rev=self.head_rev + 1,
            sender=sender,
            text=text,
            timestamp=self.now,
            client_id=client_id,
            reply_to=reply_to,
            mentions=mentions,
        )
        receipt = SendReceipt(self.name, message.seq, message.rev, self.now, text.encode())
        posted = MessagePosted(message, receipt if client_id else None)
        self.apply(posted)
        return posted

    def changing(
        self, seq: int, text: str | None, mentions: tuple[str, ...] = (), at: int | None = None
    ) -> MessageChanged:
        """Create the event of an edit, or of a delete if ``text`` is None, and apply it."""
        self.now = self.now + TICK_MS if at is None else at
        was = self.log[seq]
        message = attrs.evolve(
            was,
            rev=self.head_rev + 1,
            text=text or "",
            mentions=mentions,
            deleted=text is None,
            edited_at=was.edited_at if text is None else self.now,
        )
        changed = MessageChanged("delete" if text is None else "edit", message, was)
        self.apply(changed)
        return changed

    # ---- state

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
            self.policy,
        )

    def messages(self) -> list[Message]:
        return [self.log[seq] for seq in sorted(self.log)]

    def after_rev(self, since: int) -> list[Message]:
        """Return the messages that a client with this rev has missed."""
        return sorted(
            (message for message in self.log.values() if message.rev > since),
            key=lambda message: message.rev,
        )

    def lost_after(self, since: int) -> bool:
        """Return whether a message posted after that rev has been pruned."""
        return bisect_right(self.posted, since) + 1 < self.first_seq

    def resume(self, since: int, limit: int, end: int | None = None) -> ResumeModel:
        """Return a page of what a client with this rev has missed.

        :param end: the ``next_rev`` of the page, if something else than ``limit`` has ended it.
        """
        missed = self.after_rev(since)
        if end is None:
            end = missed[limit - 1].rev if len(missed) > limit else self.head_rev
        page = [message for message in missed if message.rev <= end]
        return ResumeModel(tuple(page[:limit]), end, end < self.head_rev)

    def page(
        self,
        limit: int,
        *,
        before: int | None = None,
        after: int | None = None,
        around: int | None = None,
    ) -> PageModel:
        """Return a page. ``around`` is inclusive, ``before`` and ``after`` are exclusive."""
        messages = self.messages()
        seqs = [message.seq for message in messages]
        if after is not None:
            start = bisect_right(seqs, after)
            end = start + limit
        elif around is not None and seqs:
            middle = min(max(around, seqs[0]), seqs[-1]) - seqs[0]
            start, end = max(middle - limit // 2, 0), middle - limit // 2 + limit
        else:
            end = len(seqs) if before is None else bisect_right(seqs, before - 1)
            start = max(end - limit, 0)
        return PageModel(tuple(messages[start:end]), start > 0, end < len(messages))

    def mentioned(self, sender: str, text: str) -> tuple[str, ...]:
        """Return the names that a text of ``sender`` mentions now."""
        there: Collection[str] = {EVERYONE, *self.members} - {sender}
        words = _MENTION.findall(text)
        names = (word if word in there else word.rstrip("._-") for word in words)
        return tuple(sorted({name for name in names if name in there}))

    def unread(self, user: str) -> tuple[int, int]:
        """Return a member's unread messages and mentions (I4)."""
        new = [
            message
            for message in self.log.values()
            if message.seq > self.members[user].read_seq
            and message.sender != user
            and not message.deleted
        ]
        return len(new), sum(bool({user, EVERYONE} & set(message.mentions)) for message in new)

    def successor(self, leaving: str) -> str | None:
        """Return the next owner if ``leaving`` leaves: by role, then by time of joining."""
        others = [member for member in self.members.values() if member.user != leaving]
        first = min(
            others,
            key=lambda member: (ROLES.index(member.role), int(member.joined_at), member.user),
            default=None,
        )
        return None if first is None else first.user

    def prune_point(self, keep: int | None, before: int | None) -> int:
        """Return the last seq to prune, 0 for none.

        :param keep: number of messages to keep.
        :param before: messages older than this time (ms) are pruned.
        """
        messages = self.messages()
        too_many = [] if keep is None else messages[: max(len(messages) - keep, 0)]
        too_old = [m for m in messages if before is not None and m.timestamp < before]
        return max((message.seq for message in (*too_many, *too_old)), default=0)
