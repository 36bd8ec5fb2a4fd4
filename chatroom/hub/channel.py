"""One room's channel: watching sessions, awake inboxes, and the latest published messages."""

from collections import Counter
from typing import Any, Final

import attrs
import trio

from ..model import Member, Message
from ..net.frames import text_frame
from ..protocol.codec import encode_event, encode_message_event
from ..protocol.declaring import Event
from ..protocol.events import MessageEvent, Presence, ReactionsChanged, Typing
from .message_cache import MessageCache, Published
from .session_handle import SessionHandle

TYPING_S: Final = 5
"""After this time a further ``setTyping`` is published again. Clients drop an event after 6 s."""


@attrs.define(eq=False)
class Channel:
    """The listeners of one room, and what was published to them.

    :ivar members: number of all members, listening or not.
    :ivar private: the room is private; False until the room's actor has been awake.
    :ivar rev: last published rev; None until the room's actor has been awake.
    :ivar version: the room's version that was last published; None likewise.
    :ivar unpublished: a commit may not have been published. The channel keeps this flag when a
        room actor fails between the two.
    :ivar changing: the member whose role that commit may change, as they were before it.
    """

    room: str
    epoch: str
    members: int = 0
    private: bool = False
    rev: int | None = None
    version: int | None = None
    awake: bool = False
    unpublished: bool = False
    changing: Member | None = None
    watchers: dict[str, SessionHandle] = attrs.field(factory=dict)
    watching: Counter[str] = attrs.field(factory=Counter)
    """Number of watching sessions by account."""
    inboxes: set[str] = attrs.field(factory=set)
    forwarded: set[str] = attrs.field(factory=set)
    """The ``inboxes`` to which commits are forwarded: not all sessions of their owners watch."""
    online: int = 0
    """Number of members who are online at any node."""
    typing: dict[str, tuple[int | None, float]] = attrs.field(factory=dict)
    """Where a person types, a thread or None, and since when."""
    messages: MessageCache = attrs.field(factory=MessageCache)

    def publish_message(self, kind: type[MessageEvent], message: Message, event: object) -> None:
        """Push a message to all watchers. It is encoded once, and only if there are watchers.

        :param event: the room event, kept for :meth:`events_since`.
        """
        frame = None
        if self.watchers:
            frame = text_frame(encode_message_event(kind, message, self.epoch))
            for session in self.watchers.values():
                session.outbox.push(frame)
        self.rev = message.rev
        self.messages.add(Published(kind, message, event, frame))

    def publish_reaction(self, told: ReactionsChanged, message: Message, event: object) -> None:
        """Push a change of a reaction to all watchers, without the message."""
        frame = None
        if self.watchers:
            frame = text_frame(encode_event(told))
            for session in self.watchers.values():
                session.outbox.push(frame)
        self.rev = message.rev
        self.messages.add(Published(told, message, event, frame))

    def reset(
        self, last_place: int, rev: int, version: int, members: int, *, private: bool = False
    ) -> None:
        """Set the room's position and clear the message cache.

        :param last_place: the place of the last message of the main log.
        """
        self.private = private
        self.rev = rev
        self.version = version
        self.members = members
        self.messages = MessageCache(last_place)

    def since(self, rev: int) -> list[bytes] | None:
        """Return the frames of all messages published after ``rev``; None if some are no longer
        cached.
        """
        missed = self.messages.last((self.rev or 0) - rev)
        if missed is None:
            return None
        frames = []
        for published in missed:
            if published.frame is None:
                published.frame = text_frame(self._encoded(published))
            frames.append(published.frame)
        return frames

    def _encoded(self, published: Published) -> bytes:
        told = published.told
        if isinstance(told, ReactionsChanged):
            return encode_event(told)
        return encode_message_event(told, published.message, self.epoch)

    def events_since(self, rev: int) -> list[Any] | None:
        """Return the room events of all messages published after ``rev``; None if some are no
        longer cached.
        """
        missed = self.messages.last((self.rev or 0) - rev)
        return None if missed is None else [published.event for published in missed]

    def publish(self, event: Event, *, beside: str | None = None) -> None:
        """Push an event to all watchers, except the sessions of ``beside``.

        Typing events are ephemeral: an outbox that is filling up drops them.
        """
        frame = None
        for session in self.watchers.values():
            if session.user != beside:
                frame = frame or text_frame(encode_event(event))
                if isinstance(event, Presence):
                    session.outbox.push_state(event.user, frame)
                else:
                    session.outbox.push(frame, ephemeral=isinstance(event, Typing))

    def set_typing(self, user: str, typing: bool, thread: int | None = None) -> bool:
        """Record whether a person types in a thread or in the main log. Publish only a change.
        Return whether there was one.

        A person types in one place at a time. Typing ends where it was when it begins elsewhere.
        """
        now = trio.current_time()
        was_in, since = self.typing.get(user, (thread, -TYPING_S))
        was = now - since < TYPING_S
        if typing and was_in == thread and was:
            return False
        ended = (typing or was_in == thread) and self.end_typing(user)
        if typing:
            self.typing[user] = thread, now
            self._publish_typing(user, True, thread)
        return typing or ended

    def end_typing(self, user: str) -> bool:
        """Record that a person types nowhere in the room. Return whether that is a change."""
        if (last := self.typing.pop(user, None)) is None:
            return False
        thread, since = last
        if was := trio.current_time() - since < TYPING_S:
            self._publish_typing(user, False, thread)
        return was

    def _publish_typing(self, user: str, typing: bool, thread: int | None) -> None:
        self.publish(Typing(self.room, user, typing, thread), beside=user)
