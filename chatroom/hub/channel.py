"""One room's topic: its watchers, the inboxes that are awake, and the latest messages told."""

from collections import Counter, deque
from typing import Any, Final

import attrs
import trio

from ..model import Member, Message
from ..net.frames import text_frame
from ..protocol.codec import encode_event, encode_message_event
from ..protocol.declaring import Event
from ..protocol.events import MessageEvent, Presence, Typing
from .line import Line

RECENT: Final = 512
"""Messages kept for a session that subscribes while more come in; past that it reads the log
again."""
RECENT_CHARS: Final = 1 << 18
"""Of their texts, so that what follows a subscription leaves space in an outbox (1 MiB of it)."""
TYPING_S: Final = 5
"""After this long a further sign is news again: before clients drop the last one, after 6 s."""


@attrs.define
class _Recent:
    kind: type[MessageEvent]
    message: Message
    entry: object
    frame: bytes | None


@attrs.define(eq=False)
class Channel:
    """``rev`` is up to where the room was told, None while its actor has not been awake;
    ``members`` counts all, listening or not. ``untold``: something may be committed that nobody
    was told of; it outlives a room actor that fails in between. ``heir`` is the member who may get
    another role by that, as they were before.
    """

    room: str
    epoch: str
    members: int = 0
    rev: int | None = None
    awake: bool = False
    untold: bool = False
    heir: Member | None = None
    watchers: dict[str, Line] = attrs.field(factory=dict)
    watching: Counter[str] = attrs.field(factory=Counter)
    """How many of a person's sessions watch."""
    inboxes: set[str] = attrs.field(factory=set)
    online: int = 0
    """How many of ``inboxes`` are of people who are online."""
    typing: dict[str, float] = attrs.field(factory=dict)
    _recent: deque[_Recent] = attrs.field(factory=deque, init=False)
    _recent_chars: int = attrs.field(default=0, init=False)

    def publish_message(self, kind: type[MessageEvent], message: Message, entry: object) -> None:
        """Encoded once for all watchers, and not at all for none.

        ``entry`` is what it follows from, kept for inboxes that were not told: see
        :meth:`entries_since`.
        """
        frame = None
        if self.watchers:
            frame = text_frame(encode_message_event(kind, message, self.epoch))
            for line in self.watchers.values():
                line.push(frame)
        self.rev = message.rev
        self._recent.append(_Recent(kind, message, entry, frame))
        self._recent_chars += len(message.text)
        while len(self._recent) > RECENT or self._recent_chars > RECENT_CHARS:
            self._recent_chars -= len(self._recent.popleft().message.text)

    def forget(self) -> None:
        """Drop the messages that are kept: from now on they are read from the log."""
        self._recent.clear()
        self._recent_chars = 0

    def since(self, rev: int) -> list[bytes] | None:
        """The frames of all messages told after that rev; None when not all are kept."""
        told = self._told_since(rev)
        if told is None:
            return None
        frames = []
        for recent in told:
            if recent.frame is None:
                body = encode_message_event(recent.kind, recent.message, self.epoch)
                recent.frame = text_frame(body)
            frames.append(recent.frame)
        return frames

    def entries_since(self, rev: int) -> list[Any] | None:
        """The entries of all messages told after that rev; None when not all are kept."""
        told = self._told_since(rev)
        return None if told is None else [recent.entry for recent in told]

    def _told_since(self, rev: int) -> list[_Recent] | None:
        missed = (self.rev or 0) - rev
        if missed > len(self._recent):
            return None
        # Walks from the newest: the ring is long, and few are missed.
        told = [recent for _, recent in zip(range(missed), reversed(self._recent), strict=False)]
        told.reverse()
        return told

    def publish(self, event: Event, *, beside: str | None = None) -> None:
        """An event that nothing hangs on goes out as ephemeral; ``beside``: not to that person."""
        frame = None
        for line in self.watchers.values():
            if line.user != beside:
                frame = frame or text_frame(encode_event(event))
                if isinstance(event, Presence):
                    line.push_state(event.user, frame)
                else:
                    line.push(frame, ephemeral=isinstance(event, Typing))

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
