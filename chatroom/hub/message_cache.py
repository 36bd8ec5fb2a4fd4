"""A room's latest committed messages: by seq for pages, by rev for listeners behind. Pure.

The cache is bounded, and the JSON of its messages with them. It agrees with the store as of the
room's current state.
"""

from collections import deque
from collections.abc import Sequence
from typing import Any, Final

import attrs

from ..model import Message
from ..protocol.codec import encode_message
from ..protocol.encoded_messages import EncodedMessages
from ..protocol.events import MessageEvent, ReactionsChanged

MAX_MESSAGES: Final = 1000
"""Maximum number of messages by seq."""
DROPPED_SHARE: Final = 16
"""When the cache is full, this part of it is dropped."""
MAX_CHANGES: Final = 512
"""Maximum number of changes by rev, for sessions that subscribe while more arrive. A session that
is further behind reads the log again."""
MAX_CHARS: Final = 1 << 18
"""Maximum characters of text and data in messages, and in changes. So the frames that follow a
subscription take at most about 1 MiB of an outbox."""


@attrs.define
class Published:
    """A message after a post or a change.

    :ivar told: the event that listeners get: its class, if it is made from the message alone.
    :ivar event: the room event.
    :ivar frame: the encoded event; None if it was not needed yet.
    """

    told: type[MessageEvent] | ReactionsChanged
    message: Message
    event: Any
    frame: bytes | None


class MessageCache:
    """Holds all messages from seq ``low`` to the head, at first none, and the last changes."""

    def __init__(self, head_seq: int = 0) -> None:
        self.low = head_seq + 1
        self._messages: list[Message] = []
        # The JSON of the first messages, as far as pages were read. So a page costs two slices.
        self._encoded: list[bytes] = []
        self._chars = 0
        self._changes: deque[Published] = deque()
        self._change_chars = 0

    def add(self, published: Published) -> None:
        """Add a posted or changed message."""
        message = published.message
        size = len(message.text)
        if message.data is not None:
            size += len(message.data)
        messages, index = self._messages, message.seq - self.low
        if index >= 0:  # not older than the cached messages
            if index < len(messages):
                self._replace(index, message)
            else:
                messages.append(message)
            self._chars += size
            while len(messages) > MAX_MESSAGES or self._chars > MAX_CHARS:
                # Some at once: removing from the start of a list moves the rest.
                self._drop_oldest(1 + len(messages) // DROPPED_SHARE)
        changes = self._changes
        changes.append(published)
        self._change_chars += size
        while len(changes) > MAX_CHANGES or self._change_chars > MAX_CHARS:
            self._change_chars -= _size(changes.popleft().message)

    def last(self, count: int) -> list[Published] | None:
        """Return the last ``count`` changes in order; None if fewer are cached."""
        if count > len(self._changes):
            return None
        # From the newest: the deque is long, and listeners usually miss few changes.
        last = [each for _, each in zip(range(count), reversed(self._changes), strict=False)]
        last.reverse()
        return last

    def between(self, low: int, high: int) -> EncodedMessages | None:
        """Return the messages from seq ``low`` to ``high``; None if some are no longer cached.

        :raises LookupError: ``high`` is after the cached head, so a message was not added.
        """
        if low > high:
            return EncodedMessages.of((), [])
        if low < self.low:
            return None
        start, end = low - self.low, high - self.low + 1
        messages, encoded = self._messages, self._encoded
        if end > len(messages):
            head = self.low + len(messages) - 1
            raise LookupError(f"seq {high} is after the cached head {head}")
        if end > len(encoded):
            encoded += map(encode_message, messages[len(encoded) : end])
        return EncodedMessages.of(messages[start:end], encoded[start:end])

    def find(self, seq: int) -> Message | None:
        index = seq - self.low
        return self._messages[index] if 0 <= index < len(self._messages) else None

    def extend(self, messages: Sequence[Message]) -> None:
        """Add the messages of a page from the store that directly precede the cached ones."""
        before: list[Message] = []
        low = self.low
        for message in reversed(messages):
            if message.seq >= low:
                continue
            size = _size(message)
            full = len(self._messages) + len(before) >= MAX_MESSAGES
            if message.seq != low - 1 or full or self._chars + size > MAX_CHARS:
                break
            before.append(message)
            self._chars += size
            low = message.seq
        before.reverse()
        self._messages[:0] = before
        self._encoded[:0] = map(encode_message, before)
        self.low = low

    def prune(self, through: int) -> None:
        if through >= self.low:
            self._drop_oldest(min(through - self.low + 1, len(self._messages)))

    def _replace(self, index: int, message: Message) -> None:
        self._chars -= _size(self._messages[index])
        self._messages[index] = message
        if index < len(self._encoded):
            self._encoded[index] = encode_message(message)

    def _drop_oldest(self, count: int) -> None:
        self._chars -= sum(_size(message) for message in self._messages[:count])
        del self._messages[:count], self._encoded[:count]
        self.low += count


def _size(message: Message) -> int:
    return len(message.text) if message.data is None else len(message.text) + len(message.data)
