"""A room's latest messages, as committed: by seq for pages, by rev for those who missed some. Pure.

Bounded; what is in it is what the store has, in the same moment as the room's state.
"""

from collections import deque
from collections.abc import Sequence
from typing import Any, Final

import attrs

from ..model import Message
from ..protocol.events import MessageEvent

MAX_MESSAGES: Final = 1000
"""Messages held by seq."""
MAX_CHANGES: Final = 512
"""Changes held by rev, for a session that subscribes while more come in; past that it reads the log
again."""
MAX_CHARS: Final = 1 << 18
"""Characters of the texts of each, so that what follows a subscription leaves space in an outbox
(1 MiB of it)."""


@attrs.define
class Published:
    """A message as a post or a change left it. ``event`` is the room event, ``frame`` what was sent
    of it, None when nobody watched."""

    kind: type[MessageEvent]
    message: Message
    event: Any
    frame: bytes | None


class MessageCache:
    """All messages from seq ``low`` to the head are held, at first none; and the last changes."""

    def __init__(self, head_seq: int = 0) -> None:
        self.low = head_seq + 1
        self._messages: dict[int, Message] = {}
        self._chars = 0
        self._changes: deque[Published] = deque()
        self._change_chars = 0

    def add(self, published: Published) -> None:
        """A message that was posted or changed."""
        message = published.message
        seq, size = message.seq, len(message.text)
        messages = self._messages
        if seq >= self.low:  # else it is older than what is held
            if seq in messages:
                self._chars -= len(messages[seq].text)
            messages[seq] = message
            self._chars += size
            while len(messages) > MAX_MESSAGES or self._chars > MAX_CHARS:
                self._drop_oldest()
        changes = self._changes
        changes.append(published)
        self._change_chars += size
        while len(changes) > MAX_CHANGES or self._change_chars > MAX_CHARS:
            self._change_chars -= len(changes.popleft().message.text)

    def last(self, count: int) -> list[Published] | None:
        """The last changes, in order; None when not so many are held."""
        if count > len(self._changes):
            return None
        # Walks from the newest: the ring is long, and few are missed.
        last = [each for _, each in zip(range(count), reversed(self._changes), strict=False)]
        last.reverse()
        return last

    def between(self, low: int, high: int) -> list[Message] | None:
        """The messages with these seqs; None when not all of them are held."""
        if low < self.low and low <= high:
            return None
        return [self._messages[seq] for seq in range(low, high + 1)]

    def extend(self, messages: Sequence[Message]) -> None:
        """Take in a page that was read from the store, as far as it lies next to what is held."""
        for message in reversed(messages):
            size = len(message.text)
            full = len(self._messages) >= MAX_MESSAGES or self._chars + size > MAX_CHARS
            if message.seq != self.low - 1 or full:
                if message.seq >= self.low:
                    continue
                return
            self._messages[message.seq] = message
            self._chars += size
            self.low = message.seq

    def prune(self, through: int) -> None:
        while self._messages and self.low <= through:
            self._drop_oldest()

    def _drop_oldest(self) -> None:
        self._chars -= len(self._messages.pop(self.low).text)
        self.low += 1
