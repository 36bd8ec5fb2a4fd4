"""A room's latest committed messages: by place for pages, by rev for listeners behind. Pure.

The cache is bounded, and the JSON of its messages with them. It agrees with the store as of the
room's current state.
"""

from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Any, Final

import attrs

from ..model import Message, Thread
from ..protocol.codec import encode_message
from ..protocol.encoded_messages import EncodedMessages
from ..protocol.events import MessageEvent, NewMessageEvent, ReactionsChanged

MAX_MESSAGES: Final = 1000
"""Maximum number of messages by place."""
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
    """Holds the messages of the main log from place ``low`` to the last one, at first none, and the
    last changes.

    :ivar threads: the threads below these messages, by root.
    """

    def __init__(self, last_place: int = 0) -> None:
        self.low = last_place + 1
        self.threads: dict[int, Thread] = {}
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
        messages = self._messages
        if published.told is not NewMessageEvent:
            self._replace(message)
        elif message.thread is not None:
            self._note_thread(published.event.thread)
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
        """Return the messages from place ``low`` to ``high``; None if some are no longer cached.

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
            raise LookupError(f"place {high} is after the last cached one, {head}")
        if end > len(encoded):
            encoded += map(encode_message, messages[len(encoded) : end])
        return EncodedMessages.of(messages[start:end], encoded[start:end])

    def find(self, seq: int) -> Message | None:
        index = self._index(seq)
        return None if index is None else self._messages[index]

    def place_of(self, seq: int) -> int | None:
        """Return the place of the last message of the main log up to ``seq``; None if that is
        unknown."""
        messages = self._messages
        if not messages or seq < messages[0].seq:
            return None
        return self.low - 1 + bisect_right(messages, seq, key=_seq)

    def extend(self, page: Sequence[Message], low_place: int, threads: Iterable[Thread]) -> None:
        """Add the messages of a page from the store that directly precede the cached ones.

        :param low_place: the place of the page's first message.
        :param threads: the threads below these messages.
        """
        before: list[Message] = []
        low = self.low
        if low_place + len(page) < low:
            return
        for message in reversed(page[: max(low - low_place, 0)]):
            size = _size(message)
            full = len(self._messages) + len(before) >= MAX_MESSAGES
            if full or self._chars + size > MAX_CHARS:
                break
            before.append(message)
            self._chars += size
            low -= 1
        before.reverse()
        added = {message.seq for message in before}
        self.threads |= {thread.root: thread for thread in threads if thread.root in added}
        self._messages[:0] = before
        self._encoded[:0] = map(encode_message, before)
        self.low = low

    def prune(self, through: int) -> None:
        self._drop_oldest(bisect_right(self._messages, through, key=_seq))

    def _index(self, seq: int) -> int | None:
        messages = self._messages
        index = bisect_left(messages, seq, key=_seq)
        return index if index < len(messages) and messages[index].seq == seq else None

    def _note_thread(self, thread: Thread) -> None:
        if self._index(thread.root) is not None:
            self.threads[thread.root] = thread

    def _replace(self, message: Message) -> None:
        index = self._index(message.seq)
        if index is None:
            return  # in a thread, or older than the cached messages
        self._chars += _size(message) - _size(self._messages[index])
        self._messages[index] = message
        if index < len(self._encoded):
            self._encoded[index] = encode_message(message)

    def _drop_oldest(self, count: int) -> None:
        dropped = self._messages[:count]
        self._chars -= sum(map(_size, dropped))
        if self.threads:
            for message in dropped:
                self.threads.pop(message.seq, None)
        del self._messages[:count], self._encoded[:count]
        self.low += count


_seq: Final = attrgetter("seq")


def _size(message: Message) -> int:
    return len(message.text) if message.data is None else len(message.text) + len(message.data)
