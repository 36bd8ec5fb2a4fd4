"""One room: its log, its members and their read cursors.

It applies room events from any source. For tests without a server, :meth:`RoomModel.posting` and
:meth:`RoomModel.changing` create events with the next numbers.
"""

from collections.abc import Iterable
from typing import Final

import attrs

from chatroom.model import Attachment, JsonObject, Message, SendReceipt
from chatroom.store.events import (
    MessageChanged,
    MessagePosted,
    PostedInThread,
    RoomEvent,
    ThreadFollowed,
)
from chatroom.store.reactions import ReactionChange

from .reactions import reacted, shown
from .room_reads import RoomReads

TICK_MS: Final = 10
"""Time between two events created here."""


@attrs.define
class RoomModel(RoomReads):
    """The model of a room. Members have cursors, but no counters."""

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
        self,
        seq: int,
        text: str | None,
        mentions: tuple[str, ...] = (),
        at: int | None = None,
        *,
        forget: bool = False,
    ) -> MessageChanged:
        """Create the event of an edit, or of a delete if ``text`` is None, and apply it.

        :param forget: the clientId goes too.
        """
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
            client_id=None if forget else was.client_id,
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
        reactions = shown(reacted(emojis, reaction))
        message = attrs.evolve(was, rev=self.head_rev + 1, reactions=reactions)
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

    def following(self, posted: Message, names: Iterable[str]) -> list[RoomEvent]:
        """Return the events by which people follow the thread of a message, as far as they do not
        yet."""
        root = posted.thread or 0
        return [
            ThreadFollowed(name, root, posted.seq - 1)
            for name in dict.fromkeys(names)
            if name in self.members and (name, root) not in self.followers
        ]


def content_of(
    text: str, *, plain: bool, kind: str | None, data: str | None, files: Iterable[str] = ()
) -> bytes:
    """Return what a retry has to repeat.

    :param files: ids of attachments.
    """
    files = list(files)
    if plain or kind or data or files:
        return repr((text, plain, kind, data, files)).encode()
    return text.encode()
