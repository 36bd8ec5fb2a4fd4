"""The server side of one room and its connection: the reference model, synchronous."""

import copy
from collections import deque
from collections.abc import Sequence
from typing import Final, TypeAlias

import attrs

from chatroom.model import Member, Message, Room
from chatroom.protocol.events import ReactionsChanged
from chatroom.protocol.results import History, Subscribed
from chatroom.store.events import (
    MemberAdded,
    MessageChanged,
    MessagePosted,
    MessagesPruned,
    RoomCreated,
    RoomEvent,
)
from chatroom.store.reactions import ReactionChange

from ..reference import PagesModel, RoomModel

ROOM: Final = "general"
USER: Final = "alice"
Told: TypeAlias = Subscribed | History | Message | ReactionsChanged
"""A reply or an event in transit to a client."""


def _server(epoch: str) -> PagesModel:
    server = PagesModel(epochs=[epoch])
    room = Room(ROOM, "room", "public", ROOM, "", 0)
    server.commit(ROOM, [RoomCreated(room), MemberAdded(Member(ROOM, USER, USER, "member", 0))])
    return server


@attrs.define(eq=False)
class ModelRoom:
    """:ivar sent: replies and events in transit."""

    server: PagesModel = attrs.field(factory=lambda: _server("first"))
    starts: int = 1
    subscribed: bool = False
    sent: deque[Told] = attrs.field(factory=deque)

    @property
    def room(self) -> RoomModel:
        return self.server.rooms[ROOM]

    @property
    def head(self) -> int:
        return self.room.head_seq

    @property
    def rev(self) -> int:
        return self.room.head_rev

    @property
    def first_seq(self) -> int:
        return self.room.first_seq

    @property
    def messages(self) -> dict[int, Message]:
        return self.room.log

    # ---- changes

    def send(self) -> None:
        self._commit([self.room.copy().posting(USER, self._text())])

    def answer(self, root: int) -> None:
        """Send a message in the thread below a message of the main log."""
        if root in self.messages and self.messages[root].thread is None:
            self._commit([self.room.copy().posting(USER, self._text(), thread=root)])

    def edit(self, seq: int) -> None:
        self._change(seq, self._text())

    def delete(self, seq: int) -> None:
        self._change(seq, None)

    def react(self, seq: int) -> None:
        """Add a reaction or take it back."""
        if seq in self.messages and not self.messages[seq].deleted:
            self._commit([self.room.copy().reacting(seq, "\U0001f44d", USER)])

    def _change(self, seq: int, text: str | None) -> None:
        if seq in self.messages and not self.messages[seq].deleted:
            self._commit([self.room.copy().changing(seq, text)])

    def prune(self, through: int) -> None:
        self._commit([MessagesPruned(min(through, self.head))])

    def _commit(self, events: Sequence[RoomEvent]) -> None:
        for event in self.server.commit(ROOM, events):
            if not self.subscribed:
                continue
            match event:
                case MessageChanged(message=message, reaction=ReactionChange() as change):
                    told = ReactionsChanged(
                        room=ROOM,
                        seq=message.seq,
                        rev=message.rev,
                        epoch="",
                        **attrs.asdict(change),
                    )
                    self.sent.append(told)
                case MessagePosted(message) | MessageChanged(message=message):
                    self.sent.append(message)
                case _:
                    pass

    def _text(self) -> str:
        """Return a text that is unique over all histories."""
        epoch, rev = self.server.epochs[-1], self.rev + 1
        return f"at {rev}" if epoch == "first" else f"at {rev} of {epoch}"

    # ---- starts

    def restart(self) -> None:
        self.cut()
        self.starts += 1
        self.server.restart(f"start {self.starts}")

    def save(self) -> PagesModel:
        """Return a copy, such as a backup or a snapshot."""
        return copy.deepcopy(self.server)

    def put_back(self, saved: PagesModel) -> None:
        """Restart the server from a copy. Later changes are lost."""
        self.server = copy.deepcopy(saved)
        self.restart()

    def restore(self, head: int) -> None:
        """Replace the data set by another with up to ``head`` messages."""
        head = min(head, self.head)
        self.cut()
        self.starts += 1
        self.server = _server(f"start {self.starts}")
        for _ in range(head):
            self.send()

    # ---- calls

    def cut(self) -> None:
        self.subscribed = False
        self.sent.clear()

    def subscribe(self, epoch: str | None, since: int | None, limit: int) -> None:
        """Send the reply. The last page subscribes the connection."""
        params = {"epoch": epoch, "sinceRev": since, "limit": limit}
        page = self.server.subscribed(self.room, USER, params)
        self.subscribed = not page.has_more
        self.sent.append(page)

    def history(self, after: int, limit: int) -> None:
        self.sent.append(
            self.server.history(self.room, USER, {"after": after, "limit": limit, "whole": True})
        )
