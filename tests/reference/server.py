"""All rooms, what inboxes say of them, and which cursors are good after a restart."""

from collections.abc import Sequence

import attrs

from chatroom.model import InboxRoom, SendReceipt, User, direct_pair
from chatroom.store.events import (
    MessagePosted,
    ReadCursorMoved,
    RoomCreated,
    RoomDeleted,
    RoomEvent,
)

from .room import RoomModel


@attrs.define(eq=False)
class ServerModel:
    """``receipts`` are those of all messages with a clientId that are kept, by sender and clientId;
    ``epochs`` all starts of the server, in order; ``deleted`` the names of rooms that are gone.
    """

    rooms: dict[str, RoomModel] = attrs.Factory(dict)
    receipts: dict[tuple[str, str], SendReceipt] = attrs.Factory(dict)
    deleted: set[str] = attrs.Factory(set)
    epochs: list[str] = attrs.field(factory=lambda: ["first"])

    def commit(self, name: str, events: Sequence[RoomEvent]) -> tuple[RoomEvent, ...]:
        """All of the events or none. They come back with what is unread above moved cursors when
        all the others have happened.

        :raises LookupError: one of them cannot have happened there.
        """
        room = self.rooms[name].copy() if name in self.rooms else None
        for event in events:
            if isinstance(event, RoomCreated) and room is None and name not in self.deleted:
                room = _created(event)
            elif room is None:
                raise LookupError(f"{name} does not exist")
            elif not isinstance(event, ReadCursorMoved):
                room.apply(event)
        if room is None:
            return ()
        told = tuple(
            _read(room, event) if isinstance(event, ReadCursorMoved) else event for event in events
        )
        before = self.rooms[name].head_rev if name in self.rooms else 0
        if room.head_rev > before:
            room.epochs.setdefault(self.epochs[-1], before + 1)
        self.rooms[name] = room
        self._keep_receipts(room, events)
        if any(isinstance(event, RoomDeleted) for event in events):
            del self.rooms[name]
            self.deleted.add(name)
        return told

    def _keep_receipts(self, room: RoomModel, events: Sequence[RoomEvent]) -> None:
        for event in events:
            if isinstance(event, MessagePosted) and event.original and event.message.client_id:
                key = event.message.sender, event.message.client_id
                assert key not in self.receipts
                self.receipts[key] = event.original
        self.receipts = {
            key: receipt
            for key, receipt in self.receipts.items()
            if receipt.room != room.name or receipt.seq in room.log
        }

    def restart(self, epoch: str) -> None:
        self.epochs.append(epoch)

    # ---- what is so

    def last_valid_rev(self, name: str, epoch: str) -> int | None:
        """Up to which rev a cursor of that epoch is good; None: not at all."""
        if epoch not in self.epochs or name not in self.rooms:
            return None
        room, later = self.rooms[name], self.epochs[self.epochs.index(epoch) + 1 :]
        begun = [room.epochs[each] for each in later if each in room.epochs]
        return min(begun) - 1 if begun else room.head_rev

    def inbox(self, user: str) -> list[InboxRoom]:
        """By room. People are called by their names."""
        return [
            self._inbox_room(room, user)
            for _, room in sorted(self.rooms.items())
            if user in room.members
        ]

    def _inbox_room(self, room: RoomModel, user: str) -> InboxRoom:
        unread, mentions = room.unread(user)
        last = room.log.get(room.head_seq)
        partner = None
        if pair := direct_pair(room.name):
            name = pair[1] if pair[0] == user else pair[0]
            partner = User(name, name)
        return InboxRoom(
            room=room.name,
            kind=room.kind,
            title=partner.display_name if partner else room.title,
            head_seq=room.head_seq,
            rev=room.head_rev,
            read_seq=room.members[user].read_seq,
            unread=unread,
            mentions=mentions,
            level=room.members[user].level,
            active_at=room.last_timestamp if room.head_seq else room.created_at,
            partner=partner,
            last_message=last.preview() if last else None,
        )


def _created(event: RoomCreated) -> RoomModel:
    room = event.room
    return RoomModel(
        room.name, room.kind, room.visibility, room.title, room.created_at, now=room.created_at
    )


def _read(room: RoomModel, event: ReadCursorMoved) -> ReadCursorMoved:
    room.apply(event)
    unread, mentions = room.unread(event.user)
    return ReadCursorMoved(
        event.user,
        room.members[event.user].read_seq,
        unread=unread,
        mentions=mentions,
        rev=room.head_rev,
    )
