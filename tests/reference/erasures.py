"""Erasure of people, on the model of a server: all of it at once."""

from collections.abc import Iterator

import attrs

from chatroom.store.events import MemberUnbanned, MemberUnmuted, RoomEvent

from .administration import audited
from .messages import MessagesModel
from .outcome import Done
from .people import PeopleModel
from .room import RoomModel


@attrs.define
class ErasuresModel(MessagesModel):
    people: PeopleModel = attrs.Factory(PeopleModel)

    def erase_person(self, user: str, target: str, now: int) -> Done:
        """Erase a person: the account, and what is in rooms, which follow by name.

        :raises Refusal: the call must be refused.
        """
        by = self.judge(user, target, stays_admin=False)
        self.erased.add(target)
        self.disabled.add(target)
        self.admins.discard(target)
        self.blocks = {pair for pair in self.blocks if pair[0] != target}
        self.uploads = {name: each for name, each in self.uploads.items() if each.user != target}
        self.people.forget(target)
        for invitation in self.invitations:
            if invitation.by == target and invitation.revoked_at is None:
                invitation.revoked_at = now
        self.note(audited("eraseAccount", by, now, user=target))
        left = [done for name in sorted(self.rooms) for done in self._erase_in(name, target, now)]
        self.receipts = {key: each for key, each in self.receipts.items() if key[0] != target}
        return Done(handovers=left)

    def _erase_in(self, name: str, user: str, now: int) -> Iterator[Done]:
        """Of a direct room the person stays a member, since it is the other one's too. Messages go
        before reactions to those of others, in a commit of their own."""
        room, events = self.rooms[name], list[RoomEvent]()
        if user in room.members and room.kind != "direct":
            events += self._leaves(room, user)
        if user in room.banned:
            events.append(MemberUnbanned(user))
        if user in room.muted:
            events.append(MemberUnmuted(user))
        written = [m.seq for m in room.messages() if m.sender == user and not m.deleted]
        after = room.copy()
        events += [after.changing(seq, None, at=now, forget=True) for seq in reversed(written)]
        yield self._did(name, *events)
        yield self._did(name, *_reactions_of(self.rooms[name].copy(), user))


def _reactions_of(room: RoomModel, user: str) -> Iterator[RoomEvent]:
    """Remove the reactions of a person. Yields their events."""
    for seq in sorted(room.reactors):
        for emoji in sorted(room.reactors[seq]):
            if user in room.reactors[seq].get(emoji, ()):
                yield room.reacting(seq, emoji, user)
