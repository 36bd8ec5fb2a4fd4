"""One room: its log, its members and their read cursors.

It applies room events from any source. For tests without a server, :meth:`RoomModel.posting` and
:meth:`RoomModel.changing` create events with the next numbers.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable
from typing import Final, TypeAlias, assert_never

import attrs

from chatroom.model import (
    DEFAULT_POLICY,
    EVERYONE,
    Attachment,
    FollowedThread,
    JsonObject,
    Kind,
    Member,
    Message,
    OwnReactions,
    Quoted,
    Reaction,
    Role,
    Room,
    RoomPolicy,
    SendReceipt,
    Thread,
    User,
    Visibility,
)
from chatroom.protocol.results import ListedReaction, Reactions
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
    PostedInThread,
    ReactionChange,
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

ROLES: Final[tuple[Role, ...]] = ("owner", "moderator", "member")
QUOTED_CHARS: Final = 200
SHOWN: Final = 10
"""Users whom a message names for each emoji."""
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

    def copy(self) -> "RoomModel":
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

    # ---- changes

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
                    self.reactors[message.seq] = _after(emojis, reaction)
                elif message.deleted:
                    self.reactors.pop(message.seq, None)
                if message.reactions != _shown(self.reactors.get(message.seq, {})):
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
        self.writers[root] = tuple(dict.fromkeys((*users, message.sender)))[:SHOWN]

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
        *,
        plain: bool = False,
        kind: str | None = None,
        data: JsonObject | None = None,
        thread: int | None = None,
        attachments: tuple[Attachment, ...] = (),
    ) -> MessagePosted:
        """Create the event of the next message, and apply it.

        :param kind: the ``type`` of the message.
        """
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
            thread=thread,
            mentions=mentions,
            format="plain" if plain else None,
            type=kind,
            data=data,
            attachments=attachments,
        )
        content = content_of(
            text, plain=plain, kind=kind, data=data, files=[each.id for each in attachments]
        )
        receipt = SendReceipt(self.name, message.seq, message.rev, self.now, content)
        posted = MessagePosted(message, receipt if client_id else None)
        self.apply(posted)
        if thread is None:
            return posted
        summary = self.thread(thread)
        assert summary is not None
        number = self.threaded[0]
        return PostedInThread(message, posted.original, thread=summary, number=number)

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
            reactions=() if text is None else was.reactions,
            pinned_by=None if text is None else was.pinned_by,
            format=None if text is None else was.format,
            type=None if text is None else was.type,
            data=None if text is None else was.data,
            attachments=() if text is None else was.attachments,
        )
        changed = MessageChanged("delete" if text is None else "edit", message, was)
        self.apply(changed)
        return changed

    def reacting(self, seq: int, emoji: str, user: str) -> MessageChanged:
        """Create the event of a reaction, or of its removal if the user has it. Apply it."""
        was, emojis = self.log[seq], self.reactors.get(seq, {})
        users = emojis.get(emoji, [])
        added = user not in users
        reaction = ReactionChange(emoji, user, added, len(users) + (1 if added else -1))
        shown = _shown(_after(emojis, reaction))
        message = attrs.evolve(was, rev=self.head_rev + 1, reactions=shown)
        changed = MessageChanged("react", message, was, reaction)
        self.apply(changed)
        return changed

    def pinning(self, seq: int, by: str | None) -> MessageChanged:
        """Create the event of a pin, or of its removal, and apply it."""
        was = self.log[seq]
        message = attrs.evolve(was, rev=self.head_rev + 1, pinned_by=by)
        changed = MessageChanged("pin", message, was)
        self.apply(changed)
        return changed

    # ---- state

    def own_reactions(self, messages: Iterable[Message], user: str) -> tuple[OwnReactions, ...]:
        found = ((message.seq, self.reactors.get(message.seq, {}).items()) for message in messages)
        own = (
            OwnReactions(seq, tuple(emoji for emoji, users in emojis if user in users))
            for seq, emojis in found
        )
        return tuple(each for each in own if each.emojis)

    def quoted(self, messages: Iterable[Message]) -> tuple[Quoted, ...]:
        answered = sorted({each.reply_to or 0 for each in messages} & self.log.keys())
        return tuple(_quoted(self.log[seq]) for seq in answered)

    def listed_reactions(self, seq: int) -> Reactions:
        listed = (
            ListedReaction(emoji, User(user, user))
            for emoji, users in sorted(self.reactors.get(seq, {}).items())
            for user in users
        )
        return Reactions(tuple(listed), None)

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

    # ---- threads

    def thread(self, root: int) -> Thread | None:
        """Return the summary of a thread; None if there is none."""
        messages = [message for message in self.messages() if message.thread == root]
        if not messages:
            return None
        last = messages[-1]
        return Thread(root, len(messages), last.seq, last.timestamp, self.writers[root])

    def threads_below(self, messages: Iterable[Message]) -> tuple[Thread, ...]:
        found = (self.thread(seq) for seq in sorted(message.seq for message in messages))
        return tuple(thread for thread in found if thread is not None)

    def followed(self, user: str, root: int) -> FollowedThread:
        read = self.followers[user, root]
        unread, mentions = self._count(user, root, read)
        thread = self.thread(root)
        active_at = thread.last_timestamp if thread else 0
        return FollowedThread(self.name, root, read, unread, mentions, active_at)

    def all_followed(self, user: str) -> list[FollowedThread]:
        return [self.followed(user, root) for who, root in self.followers if who == user]

    def following(self, posted: Message, names: Iterable[str]) -> list[RoomEvent]:
        """Return the events by which people follow the thread of a message, as far as they do not
        yet."""
        root = posted.thread or 0
        return [
            ThreadFollowed(name, root, posted.seq - 1)
            for name in dict.fromkeys(names)
            if name in self.members and (name, root) not in self.followers
        ]

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
        at: int | None = None,
        thread: int | None = None,
        whole: bool = False,
    ) -> PageModel:
        """Return a page of the main log, of a thread, or of the whole log. ``around`` is inclusive,
        ``before`` and ``after`` are exclusive. ``at`` is a time.
        """
        messages = self.messages()
        if at is not None:
            later = (message.seq for message in messages if message.timestamp >= at)
            around = next(later, self.head_seq + 1)
        if not whole or thread is not None:
            messages = [message for message in messages if message.thread == thread]
        seqs = [message.seq for message in messages]
        if after is not None:
            start = bisect_right(seqs, after)
            end = start + limit
        elif around is not None and seqs:
            middle = min(bisect_left(seqs, around), len(seqs) - 1)
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
        """Return a member's unread messages and mentions in the main log (I4)."""
        return self._count(user, None, self.members[user].read_seq)

    def _count(self, user: str, root: int | None, read_seq: int) -> tuple[int, int]:
        new = [
            message
            for message in self.log.values()
            if message.seq > read_seq
            and message.thread == root
            and message.sender != user
            and not message.deleted
        ]
        return len(new), sum(bool({user, EVERYONE} & set(message.mentions)) for message in new)

    def successor(self, leaving: str, disabled: Collection[str] = ()) -> str | None:
        """Return the next owner if ``leaving`` leaves: by role, then by time of joining.

        :param disabled: people who cannot act.
        """
        unable = {leaving, *disabled}
        others = [member for member in self.members.values() if member.user not in unable]
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


def _quoted(message: Message) -> Quoted:
    text, long = message.text, len(message.text) > QUOTED_CHARS
    cut = text[:QUOTED_CHARS]
    files = len(message.attachments), first_type(message)
    return Quoted(message.seq, message.rev, message.sender, cut, message.deleted, long, *files)


def first_type(message: Message) -> str | None:
    """Return the media type of the first file of a message."""
    return next((each.type for each in message.attachments), None)


def content_of(
    text: str,
    *,
    plain: bool,
    kind: str | None,
    data: str | None,
    files: Iterable[str] = (),
) -> bytes:
    """Return what a retry has to repeat.

    :param files: ids of attachments.
    """
    files = list(files)
    if plain or kind or data or files:
        return repr((text, plain, kind, data, files)).encode()
    return text.encode()


Emojis: TypeAlias = dict[str, list[str]]
"""The users who reacted to a message, in order, by emoji."""


def _after(before: Emojis, reaction: ReactionChange) -> Emojis:
    """:raises LookupError: the reaction is impossible."""
    emojis = {emoji: list(users) for emoji, users in before.items()}
    users = emojis.setdefault(reaction.emoji, [])
    if (reaction.user in users) is reaction.added:
        raise LookupError(f"{reaction} changes nothing")
    if reaction.added:
        users.append(reaction.user)
    else:
        users.remove(reaction.user)
    if len(users) != reaction.count:
        raise LookupError(f"{reaction} has another count")
    return {emoji: users for emoji, users in emojis.items() if users}


def _shown(emojis: Emojis) -> tuple[Reaction, ...]:
    """Return the reactions as a message shows them."""
    return tuple(
        Reaction(emoji, len(users), tuple(users[:SHOWN])) for emoji, users in emojis.items()
    )
