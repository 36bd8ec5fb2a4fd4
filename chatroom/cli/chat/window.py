"""The part of one room's log that is at hand, and what of it is looked at. Pure.

Messages are kept by seq, so that one told twice is there once; a later rev replaces an earlier.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

import attrs

from ...model import Message

KEPT: Final = 1000
"""Messages kept while the end is followed; older ones can be read again by paging up."""
KEPT_WHILE_READING: Final = 4 * KEPT
KEPT_NOTICES: Final = 50

TOP: Final = 0
"""The key of what stands above the first message."""
END: Final = 1 << 62
"""The key of what stands below the last one: lines not sent yet."""


class Place(NamedTuple):
    """A row: the ``number``-th of those of a message (its seq), or of TOP or END."""

    key: int
    number: int


@attrs.frozen
class Notice:
    """A line of this program's own, where it appeared: below the message ``after``."""

    after: int
    text: str


@attrs.define
class Window:
    """``older`` and ``newer``: there are, or may be, messages before and after those here.

    ``bottom`` is the lowest row that is shown, None while the end is followed. ``divider`` is the
    seq above the line "new", None if nothing was new.
    """

    messages: dict[int, Message] = attrs.field(factory=dict)
    older: bool = False
    newer: bool = False
    divider: int | None = None
    bottom: Place | None = None
    notices: list[Notice] = attrs.field(factory=list)

    @property
    def first(self) -> int | None:
        return next(iter(self.messages), None)

    @property
    def last(self) -> int:
        """0 if it is empty."""
        return next(reversed(self.messages), 0)

    @property
    def following(self) -> bool:
        """Whether what comes is seen."""
        return self.bottom is None and not self.newer

    def take(self, message: Message) -> None:
        """A new message, or one that has changed."""
        known = self.messages.get(message.seq)
        if known is not None:
            if message.rev >= known.rev:
                self.messages[message.seq] = message
        elif message.seq > self.last and not self.newer:
            hole = self.messages and message.seq != self.last + 1
            # A hole is not shown as if there were none, and who reads far up needs no more below.
            if hole or (self.bottom is not None and len(self.messages) >= KEPT_WHILE_READING):
                self.newer = True
                return
            self.messages[message.seq] = message
            self._shorten()

    def put_before(self, first: int, messages: Iterable[Message], *, older: bool) -> None:
        """The page before ``first``; left out if the window no longer begins there."""
        if first == self.first:
            self.messages = {message.seq: message for message in messages} | self.messages
            self.older = older

    def put_after(self, last: int, messages: Iterable[Message], *, newer: bool) -> None:
        """The page after ``last``; left out if the window no longer ends there."""
        if last == self.last:
            self.messages |= {message.seq: message for message in messages}
            self.newer = newer

    def replace(self, messages: Iterable[Message], *, older: bool, newer: bool) -> None:
        """Look at another part of the log; notices move along to its end."""
        self.messages = {message.seq: message for message in messages}
        self.older, self.newer, self.bottom = older, newer, None
        self.notices = [Notice(self.last, notice.text) for notice in self.notices]

    def note(self, text: str) -> None:
        """At the end of what is at hand."""
        self.notices.append(Notice(self.last, text))
        del self.notices[:-KEPT_NOTICES]

    def notice(self, *texts: str) -> None:
        """The same, and look there."""
        for text in texts:
            self.note(text)
        self.bottom = None

    def _shorten(self) -> None:
        if self.bottom is None and len(self.messages) > KEPT:
            # A quarter at once, so that it is not done for each message.
            for seq in list(self.messages)[: KEPT // 4]:
                del self.messages[seq]
            self.older = True
            self.notices = [n for n in self.notices if n.after in self.messages]
