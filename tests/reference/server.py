"""All rooms, the inboxes' entries of them, and the validity of cursors after a restart."""

from collections.abc import Sequence
from typing import Final

import attrs

from chatroom.model import (
    EVERYONE,
    AuditEntry,
    FollowedThread,
    InboxRoom,
    Message,
    Preview,
    SendReceipt,
    User,
    direct_pair,
)
from chatroom.store.events import (
    Audited,
    MessagePosted,
    MessagesPruned,
    ReadCursorMoved,
    RoomCreated,
    RoomDeleted,
    RoomEvent,
    ThreadFollowed,
    ThreadUnfollowed,
)
from chatroom.store.files import OwnUpload

from .room import RoomModel
from .room_reads import first_type

PREVIEW_CHARS: Final = 200


@attrs.define
class ServerModel:
    """The model of a server.

    :ivar receipts: receipts of unpruned messages with a clientId, by sender and clientId.
    :ivar epochs: the epochs of all starts of the server, in order.
    :ivar deleted: names of deleted rooms.
    :ivar posted: the room and seq of each message, in the order of commits.
    :ivar audit: entries by room, in order; those about no room under an empty name.
    :ivar uploads: complete uploads that are in no message, with their owners, by id.
    """

    rooms: dict[str, RoomModel] = attrs.Factory(dict)
    receipts: dict[tuple[str, str], SendReceipt] = attrs.Factory(dict)
    deleted: set[str] = attrs.Factory(set)
    epochs: list[str] = attrs.field(factory=lambda: ["first"])
    posted: list[tuple[str, int]] = attrs.Factory(list)
    uploads: dict[str, OwnUpload] = attrs.Factory(dict)
    audit: dict[str, list[AuditEntry]] = attrs.Factory(dict)

    def commit(self, name: str, events: Sequence[RoomEvent]) -> tuple[RoomEvent, ...]:
        """Apply all of the events or none.

        Returns the events. Moved cursors have the unread counts after all other events.

        :raises LookupError: an event is impossible in the present state.
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
            _read(room, event) if isinstance(event, ReadCursorMoved) else _told(room, event)
            for event in events
        )
        room.count_commit(events)
        before = self.rooms[name].head_rev if name in self.rooms else 0
        if room.head_rev > before:
            room.epochs.setdefault(self.epochs[-1], before + 1)
        self.rooms[name] = room
        for event in events:
            if isinstance(event, MessagePosted):
                for attachment in event.message.attachments:
                    del self.uploads[attachment.id]
        self.posted += [(name, e.message.seq) for e in events if isinstance(e, MessagePosted)]
        for event in events:
            if isinstance(event, Audited):
                self.note(event.entry)
        self._keep_receipts(room, events)
        if any(isinstance(event, RoomDeleted) for event in events):
            del self.rooms[name]
            self.deleted.add(name)
        return told

    def note(self, entry: AuditEntry) -> None:
        self.audit.setdefault(entry.room or "", []).append(entry)

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
        if epoch not in self.epochs[-1:]:
            self.epochs.append(epoch)

    def erase(self) -> None:
        """Forget the receipts of deleted rooms."""
        self.receipts = {
            key: receipt
            for key, receipt in self.receipts.items()
            if receipt.room not in self.deleted
        }

    # ---- state

    def last_valid_rev(self, name: str, epoch: str | None) -> int | None:
        """Return the last rev for which a cursor of that epoch is valid; None for none."""
        if epoch not in self.epochs or name not in self.rooms:
            return None
        room, later = self.rooms[name], self.epochs[self.epochs.index(epoch) + 1 :]
        begun = [room.epochs[each] for each in later if each in room.epochs]
        return min(begun) - 1 if begun else room.head_rev

    def no_resume(self, name: str, epoch: str | None, since: int) -> str | None:
        """Return why a cursor is not valid; None if it is."""
        valid = self.last_valid_rev(name, epoch)
        if valid is None or since > valid:
            return "ahead" if epoch == self.epochs[-1] else "epoch_changed"
        return "pruned" if self.rooms[name].lost_after(since) else None

    def mentions(self, user: str) -> list[Message]:
        """Return the messages that mention the user in rooms of the user, newest first."""
        rooms = [room for room in self.rooms.values() if user in room.members]
        logs = {(room.name, seq): message for room in rooms for seq, message in room.log.items()}
        found = [logs[place] for place in reversed(self.posted) if place in logs]
        return [
            message for message in found if message.sender != user and self._reaches(message, user)
        ]

    def _reaches(self, message: Message, user: str) -> bool:
        """Return whether a message mentions a member; in a thread, ``@room`` is its followers."""
        if user in message.mentions:
            return True
        followers = self.rooms[message.room].followers
        followed = message.thread is None or (user, message.thread) in followers
        return EVERYONE in message.mentions and followed

    def followed(self, user: str) -> list[FollowedThread]:
        """Return the threads that the user follows and that have messages, the last active
        first."""
        found = [thread for room in self.rooms.values() for thread in room.all_followed(user)]
        found = [each for each in found if self.rooms[each.room].thread(each.root)]
        return sorted(found, key=lambda each: (-int(each.active_at), each.room, each.root))

    def inbox(self, user: str) -> list[InboxRoom]:
        """Return the user's rooms by name. A display name equals the account's name."""
        names = sorted(self.rooms)
        return [self.inbox_room(name, user) for name in names if user in self.rooms[name].members]

    def inbox_room(self, name: str, user: str) -> InboxRoom:
        room = self.rooms[name]
        unread, mentions = room.unread(user)
        last = room.log.get(room.main[0])
        partner = None
        if pair := direct_pair(room.name):
            name = pair[1] if pair[0] == user else pair[0]
            partner = User(name, name)
        return InboxRoom(
            room=room.name,
            kind=room.kind,
            title=partner.display_name if partner else room.title,
            visibility=room.visibility,
            head_seq=room.main[0],
            rev=room.head_rev,
            read_seq=room.members[user].read_seq,
            unread=unread,
            mentions=mentions,
            level=room.members[user].level,
            active_at=room.main[1] if room.main[0] else room.created_at,
            partner=partner,
            last_message=preview(last) if last else None,
            threads=tuple(room.all_followed(user)),
        )


def preview(message: Message) -> Preview:
    shown = attrs.asdict(message, recurse=False, filter=lambda field, _: field.init)
    cut = shown | {"text": message.text[:PREVIEW_CHARS], "reactions": ()}
    cut |= {"pinned_by": None, "data": None, "attachments": ()}
    cut |= {"files": len(message.attachments), "file_type": first_type(message)}
    return Preview(**cut, truncated=len(message.text) > PREVIEW_CHARS)


def _created(event: RoomCreated) -> RoomModel:
    room = event.room
    return RoomModel(
        room.name,
        room.kind,
        room.visibility,
        room.title,
        created_at=room.created_at,
        now=room.created_at,
    )


def _told(room: RoomModel, event: RoomEvent) -> RoomEvent:
    """Return the event with what the store fills in."""
    match event:
        case ThreadFollowed(user, root):
            followed = room.followed(user, root)
            return attrs.evolve(event, followed=followed, rev=room.head_rev)
        case ThreadUnfollowed():
            return attrs.evolve(event, rev=room.head_rev)
        case MessagesPruned():
            return attrs.evolve(event, threaded=room.threaded[1])
        case _:
            return event


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
