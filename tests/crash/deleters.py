"""A client that fills rooms and has them deleted, and one that is a member of them meanwhile.

Interrupted deletions and other calls are retried. All refusals and all content are recorded.
"""

import random
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from typing import Any, Final

import attrs

from ..client import CallFailed
from ..history.deletions import DELETE
from ..history.recorded import Recorded
from .movers import REFUSALS
from .people import BURST, Call, Gone, ask, begin, reply

SIZES: Final = (1, 5, 5, 20, 20, 300)
"""Messages in a room; the largest one is erased in several slices."""
MAX_CONCURRENT: Final = 50
PAGE: Final = 200


@attrs.define(eq=False)
class Deleter:
    """:param delete: deletes a room; returns False if the server has ended.
    :param acknowledged: called for each acknowledged message.
    """

    choose: random.Random
    delete: Callable[[str], Awaitable[bool]]
    acknowledged: Callable[[], None]
    room: str = ""
    """The room that is being filled or deleted."""
    deleted: int = 0
    retried: Counter[str] = attrs.field(factory=Counter)
    duplicates: int = 0
    _number: int = 0
    _unsettled: deque[Call] = attrs.field(factory=deque)
    _asked: bool = False
    """Whether its deletion was requested and not acknowledged."""

    @property
    def settled(self) -> bool:
        return not self.room

    async def work(self, me: Recorded, go_on: Callable[[], bool]) -> None:
        """:raises Gone: the next session continues from here."""
        self.retried.update(call.method for call in self._unsettled)
        if self._asked and self.choose.random() < 0.5:
            await self._read(me)
        while self.room or go_on():
            if not self.room:
                self._next()
            while self._unsettled:
                calls = list(self._unsettled)[:MAX_CONCURRENT]
                await _settle(me, self._unsettled, calls)
            await self._delete()
            await self._look(me)

    def _next(self) -> None:
        self._number += 1
        self.room = f"shed-{self._number}"
        self._unsettled.append(
            Call("createRoom", {"room": self.room, "visibility": "public"}, _ignore)
        )
        for number in range(self.choose.choice(SIZES)):
            self._unsettled.append(self._send(f"{self.room} {number}"))

    def _send(self, text: str) -> Call:
        params = {"room": self.room, "text": text, "clientId": text}
        return Call("sendMessage", params, self._sent)

    def _sent(self, result: Any) -> None:
        self.duplicates += result["duplicate"]
        self.acknowledged()

    async def _delete(self) -> None:
        self.retried[DELETE] += self._asked
        self._asked = True
        if not await self.delete(self.room):
            raise Gone
        self._asked = False
        self.deleted += 1

    async def _read(self, me: Recorded) -> None:
        """Read the whole room, if it exists."""
        after, more = 0, True
        while more:
            page = await _attempt(me, "getHistory", room=self.room, after=after, limit=PAGE)
            if page is None:
                return
            after, more = after + len(page["messages"]), page["hasMoreAfter"]

    async def _look(self, me: Recorded) -> None:
        """Look for the deleted room, also by retrying its first message."""
        room, self.room = self.room, ""
        first = f"{room} 0"
        await _attempt(me, "sendMessage", room=room, text=first, clientId=first)
        await _attempt(me, "sendMessage", room=room, text="once more")
        await _attempt(me, "getHistory", room=room, after=0)
        await _attempt(me, "joinRoom", room=room)
        await _attempt(me, "createRoom", room=room, visibility="public")
        await ask(me, "getInbox")


@attrs.define(eq=False)
class Guest:
    """Joins each of the rooms, watches it and writes to it until it is deleted."""

    deleter: Deleter
    choose: random.Random
    acknowledged: Callable[[], None]
    retried: Counter[str] = attrs.field(factory=Counter)
    duplicates: int = 0
    _number: int = 0
    _room: str = ""
    _unsettled: deque[Call] = attrs.field(factory=deque)

    @property
    def settled(self) -> bool:
        return not self._unsettled

    async def write(self, me: Recorded, go_on: Callable[[], bool]) -> None:
        """:raises Gone: the next session first retries the open calls, in the same order."""
        self.retried.update(call.method for call in self._unsettled)
        self._room = ""
        while self._unsettled or go_on():
            if not self._unsettled:
                self._unsettled.extend(self._next())
            await _settle(me, self._unsettled, list(self._unsettled))

    def _next(self) -> list[Call]:
        room = self.deleter.room or self._room
        if not room or self.choose.random() < 0.1:
            return [Call("getInbox", {}, _ignore)]
        if room != self._room:
            self._room = room
            return [Call(method, {"room": room}, _ignore) for method in ("joinRoom", "subscribe")]
        return [self._send(room) for _ in range(self.choose.randint(1, BURST))]

    def _send(self, room: str) -> Call:
        self._number += 1
        text = f"guest {self._number}"
        return Call("sendMessage", {"room": room, "text": text, "clientId": text}, self._sent)

    def _sent(self, result: Any) -> None:
        self.duplicates += result["duplicate"]
        self.acknowledged()


async def _settle(me: Recorded, unsettled: deque[Call], calls: list[Call]) -> None:
    """Make the first of the unsettled calls, concurrently."""
    numbers = [await begin(me, call.method, call.params) for call in calls]
    for number, call in zip(numbers, calls, strict=True):
        try:
            result = await reply(me, number)
        except CallFailed as failed:
            if failed.reason not in REFUSALS:
                raise
        else:
            call.told(result)
        unsettled.popleft()


async def _attempt(me: Recorded, method: str, **params: Any) -> Any:
    """Make a call. Return its result, or None if it was refused."""
    try:
        return await ask(me, method, **params)
    except CallFailed as failed:
        if failed.reason not in REFUSALS:
            raise
        return None


def _ignore(result: Any) -> None:
    pass
