"""A draft: the room during the decision of a batch, including the batch's earlier calls. Pure.

The room's state does not change. Knows how events follow from each other, but no permissions.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import attrs

from ..errors import Refused
from ..model import (
    MAX_SHOWN_USERS,
    Attachment,
    AuditAct,
    AuditEntry,
    JsonObject,
    Kind,
    Level,
    Member,
    Message,
    Reaction,
    Role,
    Room,
    Sanction,
    SendReceipt,
    Thread,
    Visibility,
    thread_after,
)
from ..protocol.constraints import json_object
from ..store.conditions import Usage, UsageKind, day_of
from ..store.events import (
    Audited,
    MemberAdded,
    MessageChanged,
    MessagePosted,
    NotificationLevelSet,
    PostedInThread,
    ReadCursorMoved,
    RoomCreated,
    RoomEvent,
    SenderSlowed,
    ThreadFollowed,
    ThreadUnfollowed,
    UsageCounted,
)
from ..store.reactions import ReactionChange, Reactors, with_reaction
from ..store.room_log import Prefetched
from ..store.threads import KnownThread
from .ahead import NOTHING_AHEAD, Ahead
from .permissions import no_such_person, no_such_room, require_member
from .quotas import Terms
from .state import Person, RoomState

_UNKNOWN: Final = KnownThread()


class Draft:
    """Collects the events of a batch.

    :param now: ms since the epoch.
    :param terms: quotas that apply to the whole batch.
    :ivar reads: moves of read cursors, kept apart from ``entries`` and written last, so that the
        unread messages above them are counted with all messages of the batch.
    :ivar taken: attachments of the batch's messages.
    :ivar follows: likewise for threads, by user and root.
    """

    def __init__(
        self,
        state: RoomState,
        found: Prefetched,
        now: int,
        ahead: Ahead = NOTHING_AHEAD,
        terms: Terms | None = None,
    ) -> None:
        room, terms = state.room, terms or Terms()
        self.name = state.name
        self.room = room
        self.head_seq = room.head_seq if room else 0
        self.head_rev = room.head_rev if room else 0
        self.stamp = max(now, room.last_timestamp) if room else now
        self.ahead = ahead
        self.now = now
        self.terms = terms
        self.context = found.context
        # Computed once for the batch: nearly always no such condition applies to anybody.
        self.restricted = bool(terms.over or terms.full or found.context.blocks or state.muted) or (
            room is not None and room.policy.restricts
        )
        self.entries: list[RoomEvent] = []
        self.reads: dict[str, ReadCursorMoved] = {}
        self.taken: set[Attachment] = set()
        self.follows: dict[tuple[str, int], ThreadFollowed | ThreadUnfollowed] = {}
        self._state = state
        self._found = found
        self._members: dict[str, Member] = {}
        self._messages: dict[int, Message] = {}
        self._reactors: dict[tuple[int, str], Reactors] = {}
        self._originals: dict[tuple[str, str], SendReceipt] = {}
        self._slowed: dict[str, int] = {}
        self._threads: dict[int, Thread] = {}
        self._threaded = room.threaded if room else 0

    # ---- look-ups

    def person(self, name: str) -> Person:
        return self._state.person(name)

    def member(self, name: str) -> Member | None:
        return self._members.get(name) or self._state.member(name)

    def ban(self, name: str) -> Sanction | None:
        """Return the ban that holds now."""
        ban = self.person(name).ban
        return ban if ban is not None and ban.holds(self.stamp) else None

    def mute(self, name: str) -> Sanction | None:
        """Return the mute that holds now."""
        mute = self._state.muted.get(name)
        return mute if mute is not None and mute.holds(self.stamp) else None

    def slowed(self, name: str) -> int | None:
        """Return when the person last sent in slow mode."""
        return self._slowed.get(name) or self._state.slowed.get(name)

    def original(self, sender: str, client_id: str) -> SendReceipt | None:
        key = sender, client_id
        return self._originals.get(key) or self._found.originals.get(key)

    def require_member(self, user: str) -> tuple[Room, Member]:
        return require_member(self.room, self.member(user))

    def require_room(self) -> Room:
        if self.room is None:
            raise no_such_room()
        return self.room

    def require_account(self, name: str) -> None:
        if self.person(name).display_name is None:
            raise no_such_person()

    def usage(self, user: str) -> Usage | None:
        """Return what the account has used, or None if quotas are off."""
        return self.context.usage.get(user)

    def message(self, seq: int) -> Message | None:
        return self._messages.get(seq) or self._found.messages.get(seq)

    def require_message(self, seq: int) -> Message:
        message = self.message(seq)
        if message is None:
            raise Refused("not_found", "seq: there is no such message")
        return message

    def require_kept(self, seq: int) -> Message:
        """Return a message that is not deleted."""
        message = self.require_message(seq)
        if message.deleted:
            raise Refused("not_found", "seq: the message was deleted")
        return message

    def reactors(self, seq: int, emoji: str) -> Reactors:
        key = seq, emoji
        return self._reactors.get(key) or self._found.reactors.get(key) or Reactors()

    def attachments(self, user: str, uploads: Sequence[str]) -> tuple[Attachment, ...]:
        """Return those of the uploads that this user may put into a message."""
        found = [(each, self._found.uploads.get(each)) for each in uploads]
        return tuple(
            own.attachment
            for each, own in found
            if own is not None and own.user == user and own.attachment not in self.taken
        )

    def thread(self, root: int) -> Thread | None:
        """Return the summary of a thread; None if it has no messages."""
        return self._threads.get(root) or self._found.threads.get(root, _UNKNOWN).thread

    def owner(self, root: int) -> str | None:
        """Return who wrote the root of a thread, if a member."""
        message = self._messages.get(root)
        return self._found.threads.get(root, _UNKNOWN).owner if message is None else message.sender

    def read_in_thread(self, user: str, root: int) -> int | None:
        """Return the cursor of a follower of a thread; None for others."""
        event = self.follows.get((user, root))
        if event is None:
            return self._found.threads.get(root, _UNKNOWN).read.get(user)
        return event.read_seq if isinstance(event, ThreadFollowed) else None

    # ---- changes

    def make(
        self, kind: Kind, visibility: Visibility, title: str, topic: str, creator: str | None
    ) -> Room:
        self.room = Room(self.name, kind, visibility, title, topic, self.stamp)
        self.entries.append(RoomCreated(self.room, creator))
        return self.room

    def count(self, user: str, kind: UsageKind) -> None:
        if self.terms.quotas is not None:
            self.entries.append(UsageCounted(user, day_of(self.now), kind))

    def audit(
        self,
        by: str | None,
        act: AuditAct,
        user: str | None = None,
        details: Mapping[str, object] | None = None,
    ) -> None:
        """Add an act to the audit, with the time of the room. Details that are None are left out.

        :param by: None: an operator, or the server itself.
        """
        known = {name: value for name, value in (details or {}).items() if value is not None}
        encoded = JsonObject(json_object(known)) if known else None
        entry = AuditEntry(self.stamp, act, by, self.name, user, encoded)
        self.entries.append(Audited(entry))

    def enter(self, room: Room, user: str, role: Role) -> Member:
        """Add a member. All earlier messages count as read."""
        member = Member(
            room=room.name,
            user=user,
            display_name=self.person(user).display_name or user,
            role=role,
            joined_at=self.stamp,
            joined_version=self._state.version + 1,
            read_seq=self.head_seq,
        )
        self._members[user] = member
        self.entries.append(MemberAdded(member))
        return member

    def set_level(self, member: Member, level: Level) -> None:
        self._members[member.user] = attrs.evolve(member, level=level)
        self.entries.append(NotificationLevelSet(member.user, level))

    def post(self, message: Message, text_hash: bytes | None) -> None:
        """Add a message, which must have the room's next seq and rev."""
        original = None
        if message.client_id is not None and text_hash is not None:
            original = SendReceipt(
                self.name, message.seq, message.rev, message.timestamp, text_hash
            )
            self._originals[message.sender, message.client_id] = original
        self.head_seq, self.head_rev = message.seq, message.rev
        self._messages[message.seq] = message
        self.entries.append(MessagePosted(message, original))

    def post_in_thread(self, message: Message, root: int, text_hash: bytes | None) -> None:
        """Add a message as :meth:`post` does, to a thread."""
        thread = self._threads[root] = thread_after(self.thread(root), root, message)
        self._threaded += 1
        self.post(message, text_hash)
        original = self._originals.get((message.sender, message.client_id or ""))
        self.entries[-1] = PostedInThread(message, original, thread=thread, number=self._threaded)

    def follow(self, user: str, root: int, read_seq: int) -> None:
        """Follow a thread, or move its follower's cursor forward."""
        self.follows[user, root] = ThreadFollowed(user, root, read_seq)

    def unfollow(self, user: str, root: int) -> None:
        self.follows[user, root] = ThreadUnfollowed(user, root)

    def note_sent(self, room: Room, user: str) -> None:
        """Note when a person sends, if slow mode applies to them."""
        member = self.member(user)
        if not room.policy.slow_mode_s or member is None or member.role != "member":
            return
        self._slowed[user] = self.stamp
        self.entries.append(SenderSlowed(user, self.stamp))

    def change(self, entry: MessageChanged) -> None:
        self.head_rev = entry.message.rev
        self._messages[entry.message.seq] = entry.message
        self.entries.append(entry)

    def react(self, was: Message, emoji: str, user: str, *, added: bool) -> Message:
        """Add or remove a reaction. Return the message after it."""
        count = was.reacted(emoji) + (1 if added else -1)
        change = ReactionChange(emoji, user, added, count)
        reactors = self.reactors(was.seq, emoji).after(change)
        self._reactors[was.seq, emoji] = reactors
        reaction = Reaction(emoji, count, reactors.first[:MAX_SHOWN_USERS])
        message = attrs.evolve(
            was, rev=self.head_rev + 1, reactions=with_reaction(was.reactions, reaction)
        )
        self.change(MessageChanged("react", message, was, change))
        return message
