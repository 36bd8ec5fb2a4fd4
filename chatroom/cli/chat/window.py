"""The loaded part of a room's log, and the scroll position. Pure.

Messages are stored by seq, so that duplicates collapse; a later rev replaces an earlier one.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

import attrs

from ...client import Message, ReactionsChanged, with_reaction

MAX_MESSAGES: Final = 1000
"""Messages stored while following the end. Paging up reloads older ones."""
MAX_WHILE_READING: Final = 4 * MAX_MESSAGES
MAX_NOTICES: Final = 200

TOP: Final = 0
"""The key of the rows above the first message."""
END: Final = 1 << 62
"""The key of the rows below the last message: unsent messages."""


class Place(NamedTuple):
    """A row: number ``number`` of a message (``key`` is its seq), of TOP or of END."""

    key: int
    number: int


@attrs.frozen
class Notice:
    """A line by this program, shown below the message ``after``."""

    after: int
    text: str


@attrs.define
class Window:
    """The loaded messages of one room.

    :ivar seen: the last seq up to which no message of the main log is missing, if not ``newer``.
    :ivar older: there may be messages before the loaded ones; ``newer``: after them.
    :ivar bottom: the lowest visible row; None while following the end.
    :ivar divider: the seq above the line "new"; None if nothing was new.
    """

    messages: dict[int, Message] = attrs.field(factory=dict)
    older: bool = False
    newer: bool = False
    divider: int | None = None
    bottom: Place | None = None
    notices: list[Notice] = attrs.field(factory=list)
    seen: int = 0

    @property
    def first(self) -> int | None:
        return next(iter(self.messages), None)

    @property
    def last(self) -> int:
        """The last seq, or 0."""
        return next(reversed(self.messages), 0)

    @property
    def following(self) -> bool:
        """Whether new messages are visible."""
        return self.bottom is None and not self.newer

    def apply(self, message: Message) -> None:
        """Apply a new or changed message. Those in threads are not shown."""
        if message.thread is not None:
            if message.seq == max(self.last, self.seen) + 1 and not self.newer:
                self.seen = message.seq
            return
        known = self.messages.get(message.seq)
        if known is not None:
            if message.rev >= known.rev:
                self.messages[message.seq] = message
        elif message.seq > self.last and not self.newer:
            hole = self.messages and message.seq > max(self.last, self.seen) + 1
            # Do not hide a hole. While reading far up, do not load more below.
            if hole or (self.bottom is not None and len(self.messages) >= MAX_WHILE_READING):
                self.newer = True
                return
            self.messages[message.seq] = message
            self.seen = max(self.seen, message.seq)
            self._prune()

    def apply_reaction(self, event: ReactionsChanged) -> None:
        known = self.messages.get(event.seq)
        if known is not None and event.rev > known.rev:
            self.messages[event.seq] = with_reaction(known, event)

    def put_before(self, first: int, messages: Iterable[Message], *, older: bool) -> None:
        """Add the page before ``first``, unless the window no longer starts there."""
        if first == self.first:
            self.messages = {message.seq: message for message in messages} | self.messages
            self.older = older

    def put_after(
        self, last: int, messages: Iterable[Message], *, newer: bool, head_seq: int = 0
    ) -> None:
        """Add the page after ``last``, unless the window no longer ends there.

        :param head_seq: the room's last message when the page was read.
        """
        if last == self.last:
            self.messages |= {message.seq: message for message in messages}
            self.newer, self.seen = newer, max(self.seen, head_seq)

    def replace(
        self, messages: Iterable[Message], *, older: bool, newer: bool, head_seq: int = 0
    ) -> None:
        """Show another part of the log. Notices move to its end. ``head_seq`` as in
        :meth:`put_after`."""
        self.messages = {m.seq: m for m in messages if m.thread is None}
        self.seen = head_seq
        self.older, self.newer, self.bottom = older, newer, None
        self.notices = [Notice(self.last, notice.text) for notice in self.notices]

    def note(self, text: str) -> None:
        """Add a notice after the last message."""
        self.notices.append(Notice(self.last, text))
        del self.notices[:-MAX_NOTICES]

    def notice(self, *texts: str) -> None:
        """Add notices and scroll to them."""
        for text in texts:
            self.note(text)
        self.bottom = None

    def _prune(self) -> None:
        if self.bottom is None and len(self.messages) > MAX_MESSAGES:
            # A quarter at once, so that this is rare.
            for seq in list(self.messages)[: MAX_MESSAGES // 4]:
                del self.messages[seq]
            self.older = True
            self.notices = [n for n in self.notices if n.after in self.messages]
