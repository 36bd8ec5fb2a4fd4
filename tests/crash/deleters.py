"""A client that fills rooms and has them deleted, and one that is a member of them meanwhile.

Interrupted deletions and other calls are retried. All refusals and all content are recorded.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import attrs

from ..history.deletions import DELETE
from .people import BURST, Call, Caller, Gone, Session, ask, may_be_refused, read_room

SIZES: Final = (1, 5, 5, 20, 20, 300)
"""Messages in a room; the largest one is erased in several slices."""
MAX_CONCURRENT: Final = 50


@attrs.define(eq=False, kw_only=True)
class Deleter(Caller):
    """:param delete_room: deletes a room; returns False if the server has ended.
    :ivar room: the room that is being filled or deleted.
    """

    delete_room: Callable[[str], Awaitable[bool]]
    room: str = ""
    _rooms: int = 0
    _asked: bool = False
    """Whether its deletion was requested and not acknowledged."""

    @property
    def settled(self) -> bool:
        return not self.room

    async def work(self, me: Session, go_on: Callable[[], bool]) -> None:
        """:raises Gone: the next session continues from here."""
        self.tally.retried.update(call.method for call in self._unsettled)
        if self._asked and self.choose.random() < 0.5:
            with may_be_refused():
                await read_room(me, self.room)
        while self.room or go_on():
            if not self.room:
                self._unsettled.extend(self.next())
            while self._unsettled:
                await self.settle(me, MAX_CONCURRENT)
            await self._delete()
            await self._look(me)

    def next(self) -> Sequence[Call]:
        self._rooms += 1
        self.room = f"shed-{self._rooms}"
        made = Call("createRoom", {"room": self.room, "visibility": "public"})
        texts = (f"{self.room} {number}" for number in range(self.choose.choice(SIZES)))
        return [made, *(Call("sendMessage", self._message(text), self._sent) for text in texts)]

    def _message(self, text: str) -> dict[str, str]:
        return {"room": self.room, "text": text, "clientId": text}

    async def _delete(self) -> None:
        self.tally.retried[DELETE] += self._asked
        self._asked = True
        if not await self.delete_room(self.room):
            raise Gone
        self._asked = False
        self.tally.deleted += 1

    async def _look(self, me: Session) -> None:
        """Look for the deleted room, also by retrying its first message."""
        first, room = self._message(f"{self.room} 0"), self.room
        self.room = ""
        for method, params in (
            ("sendMessage", first),
            ("sendMessage", {"room": room, "text": "once more"}),
            ("getHistory", {"room": room, "after": 0}),
            ("joinRoom", {"room": room}),
            ("createRoom", {"room": room, "visibility": "public"}),
            ("getInbox", {}),
        ):
            with may_be_refused():
                await ask(me, method, **params)


@attrs.define(eq=False, kw_only=True)
class Guest(Caller):
    """Joins each of the rooms, watches it and writes to it until it is deleted."""

    deleter: Deleter
    _room: str = ""

    async def come(self, me: Session) -> None:
        self._room = ""

    def next(self) -> Sequence[Call]:
        room = self.deleter.room or self._room
        if not room or self.choose.random() < 0.1:
            return [Call("getInbox", {})]
        if room != self._room:
            self._room = room
            return [Call(method, {"room": room}) for method in ("joinRoom", "subscribe")]
        return [self.send({"room": room}) for _ in range(self.choose.randint(1, BURST))]
