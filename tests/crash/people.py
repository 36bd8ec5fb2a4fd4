"""Clients that write and clients that listen, in sessions that end at any moment.

They use the plain protocol (:mod:`tests.client`), so that no logic of our client hides what the
server does. All their calls, replies and events are recorded.
"""

import random
from collections import Counter, deque
from collections.abc import Callable, Sequence
from typing import Any, Final

import attrs
from trio_websocket import ConnectionClosed

from ..history.recorded import Recorded

PAGE: Final = 50
BURST: Final = 4
OWN: Final = 50
"""Own messages that a client remembers, to edit or delete them."""


class Gone(Exception):
    """The connection has ended."""


async def begin(me: Recorded, method: str, params: dict[str, Any]) -> int:
    try:
        return await me.begin(method, **params)
    except ConnectionClosed:
        raise Gone from None


async def reply(me: Recorded, call: int) -> Any:
    try:
        return await me.reply(call)
    except AssertionError:
        if me.client.closed_code is None:
            raise
        raise Gone from None


async def ask(me: Recorded, method: str, **params: Any) -> Any:
    return await reply(me, await begin(me, method, params))


@attrs.define(eq=False)
class Call:
    """A call that is retried until it is answered. ``told`` is called with the result."""

    method: str
    params: dict[str, Any]
    told: Callable[[Any], None]


@attrs.define(eq=False)
class Writer:
    """Sends messages, edits, deletes and marks as read, a few calls at once.

    :param places: params for the addressee of a message: ``{"room": ...}`` or ``{"to": ...}``.
    :param acknowledged: called for each acknowledged message.
    """

    name: str
    places: Sequence[dict[str, str]]
    people: Sequence[str]
    choose: random.Random
    acknowledged: Callable[[], None]
    retried: Counter[str] = attrs.field(factory=Counter)
    duplicates: int = 0
    _number: int = 0
    _unsettled: deque[Call] = attrs.field(factory=deque)
    _own: deque[tuple[str, int]] = attrs.field(factory=lambda: deque(maxlen=OWN))
    _heads: dict[str, int] = attrs.field(factory=dict)

    @property
    def settled(self) -> bool:
        return not self._unsettled

    async def write(self, me: Recorded, go_on: Callable[[], bool]) -> None:
        """:raises Gone: the next session first retries the open calls, in the same order."""
        self.retried.update(call.method for call in self._unsettled)
        while self._unsettled or go_on():
            if not self._unsettled:
                self._unsettled.extend(self._next())
            calls = [await begin(me, call.method, call.params) for call in self._unsettled]
            for number in calls:
                result = await reply(me, number)
                self._unsettled.popleft().told(result)

    def _next(self) -> list[Call]:
        what = self.choose.random()
        if what < 0.08 and self._own:
            room, seq = self.choose.choice(self._own)
            return [self._edit(room, seq)]
        if what < 0.12 and self._own:
            room, seq = self.choose.choice(self._own)
            self._own.remove((room, seq))
            return [self._delete(room, seq)]
        if what < 0.2 and self._heads:
            room = self.choose.choice(list(self._heads))
            seq = self.choose.randint(1, self._heads[room])
            return [Call("markRead", {"room": room, "seq": seq}, _ignore)]
        place = self.choose.choice(self.places)
        return [self._send(place) for _ in range(self.choose.randint(1, BURST))]

    def _send(self, place: dict[str, str]) -> Call:
        self._number += 1
        key = f"{self.name} {self._number}"
        text = key
        if self.choose.random() < 0.1:
            text += f" @{self.choose.choice(self.people)}"
        return Call("sendMessage", {**place, "text": text, "clientId": key}, self._sent)

    def _sent(self, result: Any) -> None:
        self._own.append((result["room"], result["seq"]))
        self._heads[result["room"]] = result["seq"]
        self.duplicates += result["duplicate"]
        self.acknowledged()

    def _edit(self, room: str, seq: int) -> Call:
        self._number += 1
        text = f"{self.name} edited {self._number}"
        return Call("editMessage", {"room": room, "seq": seq, "text": text}, _ignore)

    def _delete(self, room: str, seq: int) -> Call:
        return Call("deleteMessage", {"room": room, "seq": seq}, _ignore)


@attrs.define(eq=False)
class Listener:
    """Watches some rooms, resumes each from its last rev, and marks messages as read."""

    name: str
    rooms: Sequence[str]
    choose: random.Random
    resumed: int = 0
    """Messages received by a resume, not as events."""
    _revs: dict[str, int] = attrs.field(factory=dict)
    _epochs: dict[str, str] = attrs.field(factory=dict)
    """The epochs of the revs."""

    async def listen(self, me: Recorded) -> None:
        """:raises Gone: always; the next session resumes from there."""
        try:
            await self.catch_up(me)
            while True:
                event = await self._event(me)
                if self.choose.random() < 0.05:
                    await ask(me, "markRead", room=event["room"], seq=event["seq"])
        finally:
            for frame in me.client.frames:
                if frame.get("method") in ("newMessage", "messageChanged"):
                    room = frame["params"]["room"]
                    self._revs[room] = frame["params"]["rev"]
                    self._epochs[room] = frame["params"]["epoch"]

    async def catch_up(self, me: Recorded) -> None:
        """Resume all rooms to the end, and stay subscribed."""
        for room in self.rooms:
            more = True
            while more:
                since = self._revs.get(room, 0)
                epoch = self._epochs.get(room, me.client.connected["epoch"])
                page = await ask(
                    me, "subscribe", room=room, epoch=epoch, sinceRev=since, limit=PAGE
                )
                assert page["recovered"], page["reason"]
                self._revs[room], more = page["nextRev"], page["hasMore"]
                self._epochs[room] = page["epoch"]
                self.resumed += len(page["messages"])

    async def _event(self, me: Recorded) -> Any:
        try:
            event = await me.client.event("newMessage")
        except AssertionError:
            if me.client.closed_code is None:
                raise
            raise Gone from None
        me.drain()
        return event


def _ignore(result: Any) -> None:
    pass
