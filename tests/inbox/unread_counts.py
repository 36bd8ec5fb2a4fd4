"""Unread counts by the reference model (I4), which sees only calls and their replies."""

from typing import Any, Final

import attrs

from chatroom.model import EVERYONE, InboxRoom, Level, Member, direct_pair
from chatroom.protocol import calls, results
from chatroom.store.events import MemberAdded, MemberRemoved, NotificationLevelSet, ReadCursorMoved

from ..reference import RoomModel, ServerModel

TEXTS: Final[dict[str, tuple[str, ...]]] = {
    "hello": (),
    "hello @bob": ("bob",),
    "@alice, @carol.": ("alice", "carol"),
    "@room": ("room",),
    "all in the @room, and @dave": ("room", "dave"),
    "mail to x@bob": (),
}
"""Texts and the names that they mention, members or not."""


@attrs.frozen
class Op:
    """A person's call on a room."""

    kind: Any
    user: str
    room: str
    args: tuple[Any, ...] = ()


def counts_of(room: InboxRoom) -> tuple[Any, ...]:
    """Return what must be equal in the store and in the model, which has other times and titles."""
    return (room.rev, *shown_counts(room, room.level))


def shown_counts(room: InboxRoom | results.InboxEntry, level: Level) -> tuple[Any, ...]:
    last = room.last_message.text if room.last_message else None
    return room.room, room.head_seq, room.read_seq, room.unread, room.mentions, level, last


@attrs.define(eq=False)
class Ledger(ServerModel):
    """A model of each room, driven by calls and their replies."""

    def room(self, name: str) -> RoomModel:
        return self.rooms.setdefault(name, RoomModel(name))

    def enter(self, op: Op, result: Any) -> None:
        """Enter a call and its reply, which must not be a refusal."""
        room = self.room(op.room)
        match op.kind:
            case calls.SendMessage:
                _sent(room, op, result)
            case calls.EditMessage:
                seq, text = op.args
                if room.log[seq].text != text:
                    room.changing(seq, text, _mentioned(room, op.user, text))
                    assert result.rev == room.head_rev
            case calls.DeleteMessage:
                (seq,) = op.args
                if not room.log[seq].deleted:
                    room.changing(seq, None)
                    assert result.rev == room.head_rev
            case calls.MarkRead:
                room.apply(ReadCursorMoved(op.user, op.args[0]))
            case calls.SetNotifications:
                room.apply(NotificationLevelSet(op.user, op.args[0]))
            case calls.JoinRoom | calls.CreateRoom:
                _enter(room, op.user)
            case calls.Invite:
                _enter(room, op.args[0])
            case calls.LeaveRoom:
                room.apply(MemberRemoved(op.user))
            case calls.RemoveMember | calls.Ban:
                if op.args[0] in room.members:
                    room.apply(MemberRemoved(op.args[0]))
            case calls.Unban:
                pass  # does not change membership
            case _:
                raise NotImplementedError(op.kind)


def _sent(room: RoomModel, op: Op, sent: results.Sent) -> None:
    if sent.duplicate:
        assert room.log[sent.seq].sender == op.user
        return
    if not room.members and (pair := direct_pair(op.room)):
        for user in pair:
            _enter(room, user)
    text = op.args[0]
    room.posting(op.user, text, mentions=_mentioned(room, op.user, text))
    assert (sent.seq, sent.rev) == (room.head_seq, room.head_rev)


def _mentioned(room: RoomModel, sender: str, text: str) -> tuple[str, ...]:
    there = {EVERYONE, *room.members} - {sender}
    return tuple(name for name in TEXTS[text] if name in there)


def _enter(room: RoomModel, user: str) -> None:
    """Add a member. All earlier messages count as read."""
    if user not in room.members:
        member = Member(room.name, user, user, "member", room.now, read_seq=room.head_seq)
        room.apply(MemberAdded(member))
