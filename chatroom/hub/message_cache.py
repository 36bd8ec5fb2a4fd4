"""A room's latest committed messages: by seq for pages, by rev for listeners behind. Pure.

The cache is bounded. It agrees with the store as of the room's current state.
"""

from collections import deque
from collections.abc import Sequence
from typing import Any, Final

import attrs

from ..model import Message
from ..protocol.events import MessageEvent

MAX_MESSAGES: Final = 1000
"""Maximum number of messages by seq."""
MAX_CHANGES: Final = 512
"""Maximum number of changes by rev, for sessions that subscribe while more arrive. A session that
is further behind reads the log again."""
MAX_CHARS: Final = 1 << 18
"""Maximum characters of text in messages, and in changes. So the frames that follow a subscription
take at most about 1 MiB of an outbox."""


@attrs.define
class Published:
    """A message after a post or a change.

    :ivar event: the room event.
    :ivar frame: the encoded event; None if it was not needed yet.
    """

    kind: type[MessageEvent]
    message: Message
    event: Any
    frame: bytes | None


class MessageCache:
    """Holds all messages from seq ``low`` to the head, at first none, and the last changes."""

    def __init__(self, head_seq: int = 0) -> None:
        self.low = head_seq + 1
        self._messages: dict[int, Message] = {}
        self._chars = 0
        self._changes: deque[Published] = deque()
        self._change_chars = 0

    def add(self, published: Published) -> None:
        """Add a posted or changed message."""
        message = published.message
        seq, size = message.seq, len(message.text)
        messages = self._messages
        if seq >= self.low:  # not older than the cached messages
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
        """Return the last ``count`` changes in order; None if fewer are cached."""
        if count > len(self._changes):
            return None
        # From the newest: the deque is long, and listeners usually miss few changes.
        last = [each for _, each in zip(range(count), reversed(self._changes), strict=False)]
        last.reverse()
        return last

    def between(self, low: int, high: int) -> list[Message] | None:
        """Return the messages from seq ``low`` to ``high``; None if some are no longer cached.

        :raises LookupError: ``high`` is after the cached head, so a message was not added.
        """
        if low > high:
            return []
        if low < self.low:
            return None
        if high >= self.low + len(self._messages):
            head = self.low + len(self._messages) - 1
            raise LookupError(f"seq {high} is after the cached head {head}")
        return [self._messages[seq] for seq in range(low, high + 1)]

    def extend(self, messages: Sequence[Message]) -> None:
        """Add the messages of a page from the store that directly precede the cached ones."""
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
