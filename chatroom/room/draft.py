"""A draft: the room as it stands while a batch is being decided. Pure; the state is not touched.

Knows how entries follow from one another, not who may do what.
"""

import attrs

from ..errors import Refused
from ..model import (
    Kind,
    Level,
    Member,
    Message,
    Role,
    Room,
    SendReceipt,
    Visibility,
)
from ..store.conditions import Usage, UsageKind, day_of
from ..store.events import (
    MemberAdded,
    MessageChanged,
    MessagePosted,
    NotificationLevelSet,
    ReadCursorMoved,
    RoomCreated,
    RoomEvent,
    UsageCounted,
)
from ..store.room_log import Prefetched
from .permissions import require_member
from .quotas import Terms
from .state import Person, RoomState


class Draft:
    """``now`` in ms; ``successor``: who is next in line should an owner leave; ``terms``: what
    holds for everybody in the batch.

    Read cursors are kept apart, to come last: what is unread above them is counted when all
    messages of the batch are in.
    """

    def __init__(
        self,
        state: RoomState,
        found: Prefetched,
        now: int,
        successor: Member | None,
        terms: Terms | None = None,
    ) -> None:
        self.name = state.name
        self.room = state.room
        self.head_seq = state.room.head_seq if state.room else 0
        self.head_rev = state.room.head_rev if state.room else 0
        self.stamp = max(now, state.room.last_timestamp) if state.room else now
        self.successor = successor
        self.now = now
        self.terms = terms or Terms()
        self.context = found.context
        # Looked at once for the batch: nearly always nothing of all that holds for anybody.
        self.restricted = bool(self.terms.over or self.terms.full or found.context.blocks)
        self.entries: list[RoomEvent] = []
        self.reads: dict[str, ReadCursorMoved] = {}
        self._state = state
        self._found = found
        self._members: dict[str, Member] = {}
        self._messages: dict[int, Message] = {}
        self._originals: dict[tuple[str, str], SendReceipt] = {}

    # ---- what is known

    def person(self, name: str) -> Person:
        return self._state.person(name)

    def member(self, name: str) -> Member | None:
        return self._members.get(name) or self._state.member(name)

    def original(self, sender: str, client_id: str) -> SendReceipt | None:
        key = sender, client_id
        return self._originals.get(key) or self._found.originals.get(key)

    def require_member(self, user: str) -> tuple[Room, Member]:
        return require_member(self.room, self.member(user))

    def require_account(self, name: str) -> None:
        if self.person(name).display_name is None:
            raise Refused("not_found", "user: there is no such person")

    def usage(self, user: str) -> Usage | None:
        """None when quotas are off: nobody looked it up."""
        return self.context.usage.get(user)

    def require_message(self, seq: int) -> Message:
        message = self._messages.get(seq) or self._found.messages.get(seq)
        if message is None:
            raise Refused("not_found", "seq: there is no such message")
        return message

    # ---- what happens

    def make(
        self, kind: Kind, visibility: Visibility, title: str, topic: str, creator: str | None
    ) -> Room:
        self.room = Room(self.name, kind, visibility, title, topic, self.stamp)
        self.entries.append(RoomCreated(self.room, creator))
        return self.room

    def count(self, user: str, kind: UsageKind) -> None:
        if self.terms.quotas is not None:
            self.entries.append(UsageCounted(user, day_of(self.now), kind))

    def enter(self, room: Room, user: str, role: Role) -> Member:
        """What was there before is read."""
        member = Member(
            room=room.name,
            user=user,
            display_name=self.person(user).display_name or user,
            role=role,
            joined_at=self.stamp,
            read_seq=self.head_seq,
        )
        self._members[user] = member
        self.entries.append(MemberAdded(member))
        return member

    def set_level(self, member: Member, level: Level) -> None:
        self._members[member.user] = attrs.evolve(member, level=level)
        self.entries.append(NotificationLevelSet(member.user, level))

    def post(self, message: Message, text_hash: bytes | None) -> None:
        """``message`` is the next of the room, by seq and by rev."""
        original = None
        if message.client_id is not None and text_hash is not None:
            original = SendReceipt(
                self.name, message.seq, message.rev, message.timestamp, text_hash
            )
            self._originals[message.sender, message.client_id] = original
        self.head_seq, self.head_rev = message.seq, message.rev
        self._messages[message.seq] = message
        self.entries.append(MessagePosted(message, original))

    def change(self, entry: MessageChanged) -> None:
        self.head_rev = entry.message.rev
        self._messages[entry.message.seq] = entry.message
        self.entries.append(entry)
