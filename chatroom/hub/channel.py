"""One room's channel: its watchers, the inboxes that are awake, and the latest messages told."""

from collections import Counter
from typing import Any, Final

import attrs
import trio

from ..model import Member, Message
from ..net.frames import text_frame
from ..protocol.codec import encode_event, encode_message_event
from ..protocol.declaring import Event
from ..protocol.events import MessageEvent, Presence, Typing
from .message_cache import MessageCache, Published
from .session_handle import SessionHandle

TYPING_S: Final = 5
"""After this long a further sign is news again: before clients drop the last one, after 6 s."""


@attrs.define(eq=False)
class Channel:
    """``rev`` is up to where the room was told, None while its actor has not been awake;
    ``members`` counts all, listening or not. ``unpublished``: something may be committed that
    was not published; it outlives a room actor that fails in between. ``heir`` is who may get
    another role by that, as they were before.
    """

    room: str
    epoch: str
    members: int = 0
    rev: int | None = None
    awake: bool = False
    unpublished: bool = False
    heir: Member | None = None
    watchers: dict[str, SessionHandle] = attrs.field(factory=dict)
    watching: Counter[str] = attrs.field(factory=Counter)
    """How many of a person's sessions watch."""
    inboxes: set[str] = attrs.field(factory=set)
    online: int = 0
    """How many of ``inboxes`` are of people who are online."""
    typing: dict[str, float] = attrs.field(factory=dict)
    messages: MessageCache = attrs.field(factory=MessageCache)

    def publish_message(self, kind: type[MessageEvent], message: Message, event: object) -> None:
        """Encoded once for all watchers, and not at all for none.

        ``event`` is the room event, kept for inboxes that were not told: see
        :meth:`events_since`.
        """
        frame = None
        if self.watchers:
            frame = text_frame(encode_message_event(kind, message, self.epoch))
            for session in self.watchers.values():
                session.outbox.push(frame)
        self.rev = message.rev
        self.messages.add(Published(kind, message, event, frame))

    def reset(self, head_seq: int, rev: int | None, members: int) -> None:
        """The room stands there, and holds no messages yet."""
        self.rev = rev
        self.members = members
        self.messages = MessageCache(head_seq)

    def since(self, rev: int) -> list[bytes] | None:
        """The frames of all messages told after that rev; None when not all are kept."""
        missed = self.messages.last((self.rev or 0) - rev)
        if missed is None:
            return None
        frames = []
        for published in missed:
            if published.frame is None:
                body = encode_message_event(published.kind, published.message, self.epoch)
                published.frame = text_frame(body)
            frames.append(published.frame)
        return frames

    def events_since(self, rev: int) -> list[Any] | None:
        """The room events of all messages told after that rev; None when not all are kept."""
        missed = self.messages.last((self.rev or 0) - rev)
        return None if missed is None else [published.event for published in missed]

    def publish(self, event: Event, *, beside: str | None = None) -> None:
        """An event that nothing hangs on goes out as ephemeral; ``beside``: not to that person."""
        frame = None
        for session in self.watchers.values():
            if session.user != beside:
                frame = frame or text_frame(encode_event(event))
                if isinstance(event, Presence):
                    session.outbox.push_state(event.user, frame)
                else:
                    session.outbox.push(frame, ephemeral=isinstance(event, Typing))

    def set_typing(self, user: str, typing: bool) -> None:
        """On change only."""
        now = trio.current_time()
        was = now - self.typing.get(user, -TYPING_S) < TYPING_S
        if typing and not was:
            self.typing[user] = now
        elif not typing:
            self.typing.pop(user, None)
        if was != typing:
            event = Typing(room=self.room, user=user, typing=typing)
            self.publish(event, beside=user)
