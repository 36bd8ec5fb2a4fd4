"""A room's latest messages, as committed, so that most pages need not be read from the store. Pure.

Bounded; what is in it is what the store has, in the same moment as the room's state.
"""

from collections.abc import Sequence
from typing import Final

from ..model import Message
from ..protocol.codec import message_size
from ..store.events import (
    MemberAdded,
    MemberBanned,
    MemberRemoved,
    MemberUnbanned,
    MessageChanged,
    MessagePosted,
    MessagesPruned,
    NotificationLevelSet,
    ReadCursorMoved,
    RoleChanged,
    RoomCreated,
    RoomDeleted,
    RoomEvent,
    UsageCounted,
)
from ..store.paging import LogHead, page_of, page_range
from ..store.room_log import Page

WINDOW: Final = 1000
"""Messages."""
WINDOW_CHARS: Final = 1 << 18
"""Of their texts."""


class Window:
    """All messages from seq ``low`` to the head are held: at first none."""

    def __init__(self, head_seq: int) -> None:
        self.low = head_seq + 1
        self._messages: dict[int, Message] = {}
        self._chars = 0

    def follow(self, entry: RoomEvent) -> None:
        match entry:
            case MessagePosted(message=message):
                self._put(message)
                while len(self._messages) > WINDOW or self._chars > WINDOW_CHARS:
                    self._drop_oldest()
            case MessageChanged(message=message) if message.seq >= self.low:
                self._chars -= len(self._messages[message.seq].text)
                self._put(message)
            case (
                ReadCursorMoved()
                | NotificationLevelSet()
                | RoomCreated()
                | MemberAdded()
                | MemberRemoved()
                | RoleChanged()
                | MemberBanned()
                | MemberUnbanned()
                | RoomDeleted()
                | UsageCounted()
            ):
                pass  # they change no message
            case MessagesPruned(through=through):
                while self._messages and self.low <= through:
                    self._drop_oldest()
            case MessageChanged():
                pass  # older than what is held

    def extend(self, messages: Sequence[Message]) -> None:
        """Take in a page that was read from the store, as far as it lies next to what is held."""
        for message in reversed(messages):
            full = len(self._messages) >= WINDOW or (self._chars + len(message.text) > WINDOW_CHARS)
            if message.seq != self.low - 1 or full:
                if message.seq >= self.low:
                    continue
                return
            self._put(message)
            self.low = message.seq

    def page(
        self,
        head: LogHead,
        limit: int,
        *,
        before: int | None = None,
        after: int | None = None,
        around: int | None = None,
    ) -> Page | None:
        """See :meth:`chatroom.store.room_log.RoomLogStore.page`; None: not all of it is held."""
        span = page_range(head, limit, before=before, after=after, around=around)
        if span.low < self.low and span.low <= span.high:
            return None
        seqs = range(span.low, span.high + 1)
        return page_of(head, span, [self._messages[seq] for seq in seqs], message_size)

    def _put(self, message: Message) -> None:
        self._messages[message.seq] = message
        self._chars += len(message.text)

    def _drop_oldest(self) -> None:
        self._chars -= len(self._messages.pop(self.low).text)
        self.low += 1
