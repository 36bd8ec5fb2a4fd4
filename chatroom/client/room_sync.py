"""A room's messages in order, each once, over any number of connections. Pure.

The server numbers each change of a room by rev. Live events have consecutive revs. After a gap the
room is not *live* until a resume has closed the gap, and ignores live events meanwhile. Events for
which there is no space are dropped and resumed later, so nothing here blocks or grows.
"""

from collections.abc import Callable
from typing import TypeAlias

import attrs

from ..model import Message
from ..protocol.events import ReactionsChanged
from ..protocol.results import History, Subscribed
from .events import LogEvent, MessageChanged, NewMessage, Resynced

Emit: TypeAlias = Callable[[LogEvent], bool]
"""Accepts an event. Returns False if there is no space."""


@attrs.define
class RoomSync:
    """The state of one room's synchronization.

    :ivar rev: the last rev seen by the user; None: not subscribed yet.
    :ivar seq: the last seq seen by the user.
    :ivar epoch: the epoch of ``rev``, from the last page; a connection has only one.
    :ivar live: no gap is known.
    :ivar hole: how many messages must be read by seq before the resume can continue. They were
        changed after the rev that it has reached.
    :ivar ahead: the revs, by seq, of messages read in this way. The resume reaches these revs
        later, and must not emit them again.
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
        """Note the loss of the connection."""
        self.live = False

    def handle_event(self, event: Message | ReactionsChanged) -> bool:
        """Handle a live ``newMessage``, ``messageChanged`` or ``reactionsChanged``. Returns False
        if it left a gap.
        """
        if not self.live or self.rev is None:
            return True
        if event.rev == self.rev + 1:
            told = self._apply(event) if isinstance(event, Message) else self.emit(event)
            if told:
                self.rev = event.rev
                return True
        self.live = False
        return False

    def handle_page(self, page: Subscribed) -> None:
        """Handle a reply to ``subscribe``, the first or one of a resume."""
        self.live, self.hole = False, 0
        if not page.recovered:
            self._start(page)
            return
        for message in page.messages:
            if not self._apply(message):
                return
            self.epoch, self.rev = page.epoch, message.rev
        self.epoch, self.rev = page.epoch, page.next_rev
        self.live = not page.has_more
        if self.live:
            self.ahead.clear()  # the rest was pruned, so the resume does not reach it

    def handle_history(self, history: History) -> None:
        """Handle the reply to ``getHistory`` after ``seq``."""
        self.hole = 0
        if history.first_seq > self.seq + 1:  # messages were pruned before they were seen
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
        # The caller of subscribe gets the first page. A later first page is an event.
        if self.rev is not None:
            event = Resynced(self.room, page.reason or "", page.messages)
            if not self.emit(event):
                return
        self.epoch, self.rev, self.seq = page.epoch, page.head_rev, page.head_seq
        self.ahead.clear()
        self.live = True

    def _apply(self, message: Message) -> bool:
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
