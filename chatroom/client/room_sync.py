"""A room's messages in order, each once, over any number of connections. Pure.

The server numbers what happens in a room by rev. Live events follow one another; after a gap the
feed is *behind* until a resume has closed it, and takes nothing live meanwhile. Whatever there is
no space for is simply not taken: it is resumed later, so nothing here ever waits or grows.
"""

from collections.abc import Callable
from typing import TypeAlias

import attrs

from ..model import Message
from ..protocol.results import History, Subscribed
from .events import MessageChanged, NewMessage, Resynced

Emit: TypeAlias = Callable[[NewMessage | MessageChanged | Resynced], bool]
"""Takes an event, or says False: no space."""


@attrs.define
class RoomSync:
    """``rev`` and ``seq`` are what the user has seen up to; None: not subscribed yet. ``epoch`` is
    the one that ``rev`` came with: that of the last page, since a connection has only one.

    ``hole`` is how many messages must be read by seq before a resume can go on: they were changed
    later than what it has come to. ``ahead`` are messages read so, by the rev they had then: the
    resume comes to that rev later, and must not tell of it again.
    """

    room: str
    emit: Emit
    epoch: str | None = None
    rev: int | None = None
    seq: int = 0
    live: bool = False
    hole: int = 0
    ahead: dict[int, int] = attrs.field(factory=dict)

    def lost(self) -> None:
        """The connection is gone."""
        self.live = False

    def take_event(self, message: Message) -> bool:
        """A live ``newMessage`` or ``messageChanged``; False: the feed has fallen behind."""
        if not self.live or self.rev is None:
            return True
        if message.rev == self.rev + 1 and self._take(message):
            self.rev = message.rev
            return True
        self.live = False
        return False

    def take_page(self, page: Subscribed) -> None:
        """The reply to ``subscribe``: the first, or one that resumes."""
        self.live, self.hole = False, 0
        if not page.recovered:
            self._start(page)
            return
        for message in page.messages:
            if not self._take(message):
                return
            self.epoch, self.rev = page.epoch, message.rev
        self.epoch, self.rev = page.epoch, page.next_rev
        self.live = not page.has_more
        if self.live:
            self.ahead.clear()  # what is left was pruned; the resume will not come to it

    def fill_hole(self, history: History) -> None:
        """The reply to ``getHistory`` after ``seq``."""
        self.hole = 0
        if history.first_seq > self.seq + 1:  # what was there was pruned before it was seen
            if self.emit(Resynced(self.room, "pruned", history.messages)):
                self.seq = history.first_seq - 1 + len(history.messages)
                self.ahead = {message.seq: message.rev for message in history.messages}
            return
        for message in history.messages:
            if not self.emit(NewMessage(message)):
                return
            self.seq = message.seq
            self.ahead[message.seq] = message.rev

    def _start(self, page: Subscribed) -> None:
        # The first page of all is the caller's, who asked for it; a later one is an event.
        if self.rev is not None:
            event = Resynced(self.room, page.reason or "", page.messages)
            if not self.emit(event):
                return
        self.epoch, self.rev, self.seq = page.epoch, page.head_rev, page.head_seq
        self.ahead.clear()
        self.live = True

    def _take(self, message: Message) -> bool:
        if message.rev <= self.ahead.pop(message.seq, 0):
            return True
        if message.seq <= self.seq:
            return self.emit(MessageChanged(message))
        if message.seq > self.seq + 1:
            self.hole = message.seq - self.seq - 1
            return False
        if not self.emit(NewMessage(message)):
            return False
        self.seq = message.seq
        return True
