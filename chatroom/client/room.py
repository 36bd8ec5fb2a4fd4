"""A room as a client sees it: its latest messages with edits and deletes applied, who is there.

Kept up to date in the order of events, at the moment when an event is taken into the client.
"""

import time
from collections.abc import Callable
from typing import Final

import attrs

from ..model import Message, Role, Visibility
from ..protocol.events import MemberChanged, Presence, Typing
from ..protocol.results import Subscribed
from .events import MessageChanged, NewMessage, Resynced

KEPT: Final = 1000
"""Messages kept in a view; older ones are dropped, and can be had by ``Chat.history``."""
TYPING_S: Final = 6
"""The server does not repeat that someone types, nor say so when they merely stop."""


@attrs.define(eq=False)
class Room:
    """``messages`` by seq, ascending; ``head_seq`` is the newest that the server told of.
    ``online`` and ``typing`` are names; ``online`` is empty in rooms too large to tell. The server
    says that somebody came, not to which of the rooms one listens to: who came since may belong to
    another of them."""

    name: str
    title: str = ""
    topic: str = ""
    visibility: Visibility = "public"
    role: Role = "member"
    read_seq: int = 0
    head_seq: int = 0
    messages: dict[int, Message] = attrs.field(factory=dict)
    online: set[str] = attrs.field(factory=set)
    _tells_online: bool = True
    _typing: dict[str, float] = attrs.field(factory=dict)
    _clock: Callable[[], float] = time.monotonic

    @property
    def typing(self) -> set[str]:
        now = self._clock()
        return {user for user, since in self._typing.items() if now < since + TYPING_S}

    @property
    def last(self) -> Message | None:
        return self.messages[next(reversed(self.messages))] if self.messages else None

    def apply(self, event: NewMessage | MessageChanged | Resynced) -> None:
        match event:
            case NewMessage(message):
                self.messages[message.seq] = message
                self.head_seq = max(self.head_seq, message.seq)
                if len(self.messages) > KEPT:
                    del self.messages[next(iter(self.messages))]
            case MessageChanged(message):
                if message.seq in self.messages:
                    self.messages[message.seq] = message
            case Resynced(messages=messages):
                self.messages = {message.seq: message for message in messages}

    def apply_passing(self, event: Typing | Presence | MemberChanged) -> None:
        match event:
            case Typing(user=user, typing=True):
                self._typing[user] = self._clock()
            case Typing(user=user):
                self._typing.pop(user, None)
            case Presence(user=user, online=True):
                if self._tells_online:
                    self.online.add(user)
            case Presence(user=user):
                self.online.discard(user)
            case MemberChanged(user=user, role=None):
                self.online.discard(user)
                self._typing.pop(user, None)
            case MemberChanged():
                pass  # a view keeps no list of members

    def refresh(self, page: Subscribed) -> None:
        """What a reply to ``subscribe`` says beside its messages."""
        self.title, self.topic, self.visibility = page.title, page.topic, page.visibility
        self.role, self.read_seq = page.role, page.read_seq
        self.head_seq = page.head_seq
        self._tells_online = page.online.users is not None
        self.online = set(page.online.users or ())
        self._typing.clear()
