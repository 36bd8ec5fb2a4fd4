"""Clients that write and clients that listen, in sessions that end at any moment.

They use the plain protocol (:mod:`tests.client`), so that no logic of our client hides what the
server does. All their calls, replies and events are recorded.
"""

import random
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any, Final, Protocol

import attrs
from trio_websocket import ConnectionClosed

from ..client import CallFailed, Client
from ..history.received import LOG_EVENTS
from ..history.recorded import Recorded
from .tally import Tally

PAGE: Final = 50
ROOTS: Final = 20
"""Messages below which there are threads, or may be."""
BURST: Final = 4
EMOJIS: Final = ("\U0001f44d", "\u2764\ufe0f")
PINS: Final = ("pinMessage", "unpinMessage")
OWN: Final = 50
"""Own messages that a client remembers, to edit or delete them."""
REFUSALS: Final = frozenset({"forbidden", "not_found", "banned", "muted", "conflict"})
"""Reasons for which a call may be refused, because of what others have just done."""
Cursors = dict[str, tuple[int, str]]
"""By room, the last rev with its epoch."""


class Session(Protocol):
    """A connected client."""

    @property
    def client(self) -> Client: ...

    async def begin(self, method: str, **params: Any) -> Any: ...

    async def reply(self, call_id: Any) -> Any: ...


class Gone(Exception):
    """The connection has ended."""


@contextmanager
def _or_gone(me: Session) -> Iterator[None]:
    """:raises Gone: the connection has ended."""
    try:
        yield
    except ConnectionClosed:
        raise Gone from None
    except AssertionError:
        if me.client.closed_code is None:
            raise
        raise Gone from None


async def ask(me: Session, method: str, **params: Any) -> Any:
    with _or_gone(me):
        return await me.reply(await me.begin(method, **params))


@contextmanager
def may_be_refused(reasons: frozenset[str] = REFUSALS) -> Iterator[None]:
    try:
        yield
    except CallFailed as failed:
        if failed.reason not in reasons:
            raise


async def read_room(me: Session, room: str) -> None:
    """Read all messages of a room."""
    after, more = 0, True
    while more:
        page = await ask(me, "getHistory", room=room, after=after, limit=200, whole=True)
        after, more = after + len(page["messages"]), page["hasMoreAfter"]


async def resume(me: Session, room: str, cursors: Cursors, tally: Tally) -> Any:
    """Resume a room to the end, and stay subscribed. Returns the last page."""
    more = True
    while more:
        since, epoch = cursors.get(room, (0, me.client.connected["epoch"]))
        page = await ask(me, "subscribe", room=room, epoch=epoch, sinceRev=since, limit=PAGE)
        assert page["recovered"], page["reason"]
        cursors[room], more = (page["nextRev"], page["epoch"]), page["hasMore"]
        tally.resumed += len(page["messages"])
    return page


@attrs.define(eq=False)
class Call:
    """A call that is retried until it is answered. ``told`` is called with the result."""

    method: str
    params: dict[str, Any]
    told: Callable[[Any], None] = lambda _: None


@attrs.define(eq=False)
class Caller:
    """A client that makes a few calls at once, each until it is answered.

    :param acknowledged: called for each acknowledged message.
    """

    name: str
    choose: random.Random
    acknowledged: Callable[[], None] = lambda: None
    tally: Tally = attrs.field(factory=Tally)
    done: Counter[str] = attrs.field(factory=Counter)
    refused: Counter[str] = attrs.field(factory=Counter)
    _number: int = 0
    _unsettled: deque[Call] = attrs.field(factory=deque)
    _own: deque[tuple[str, int]] = attrs.field(factory=lambda: deque(maxlen=OWN))
    _heads: dict[str, int] = attrs.field(factory=dict)

    @property
    def settled(self) -> bool:
        return not self._unsettled

    async def work(self, me: Session, go_on: Callable[[], bool]) -> None:
        """:raises Gone: the next session first retries the open calls, in the same order."""
        self.tally.retried.update(call.method for call in self._unsettled)
        await self.come(me)
        while self._unsettled or go_on():
            if not self._unsettled:
                self._unsettled.extend(self.next())
            await self.settle(me)

    async def come(self, me: Session) -> None:
        """Called at the start of each session."""

    def next(self) -> Sequence[Call]:
        """Choose the next calls."""
        raise NotImplementedError

    def refusals(self, call: Call) -> frozenset[str]:
        """Return the reasons for which a call may be refused."""
        return REFUSALS

    async def settle(self, me: Session, most: int | None = None) -> None:
        """Make the open calls, or the first of them, concurrently."""
        with _or_gone(me):
            calls = list(islice(self._unsettled, most))
            numbers = [await me.begin(call.method, **call.params) for call in calls]
            for number, call in zip(numbers, calls, strict=True):
                counts = self.refused
                with may_be_refused(self.refusals(call)):
                    call.told(await me.reply(number))
                    counts = self.done
                counts[call.method] += 1
                self._unsettled.popleft()

    def send(self, place: dict[str, str], text: str = "") -> Call:
        self._number += 1
        key = f"{self.name} {self._number}"
        params = {**place, "text": f"{key} {text}".strip(), "clientId": key}
        return Call("sendMessage", params, self._sent)

    def _sent(self, result: Any) -> None:
        self._own.append((result["room"], result["seq"]))
        self._heads[result["room"]] = result["seq"]
        self.tally.duplicates += result["duplicate"]
        self.acknowledged()

    def edit(self, room: str, seq: int, text: str = "") -> Call:
        self._number += 1
        text = f"{self.name} edited {self._number} {text}".strip()
        return Call("editMessage", {"room": room, "seq": seq, "text": text})

    def react(self, room: str, seq: int) -> Call:
        method = self.choose.choice(("addReaction", "addReaction", "removeReaction"))
        emoji = self.choose.choice(EMOJIS)
        return Call(method, {"room": room, "seq": seq, "emoji": emoji})

    def pin(self, room: str, seq: int) -> Call:
        return Call(self.choose.choice(PINS), {"room": room, "seq": seq})

    def delete(self, room: str, seq: int) -> Call:
        return Call("deleteMessage", {"room": room, "seq": seq})

    def answer(self, place: dict[str, str], root: int) -> Call:
        """Write in a thread. The root may be in a thread itself (refused)."""
        call = self.send(place)
        return Call(call.method, call.params | {"thread": root}, call.told)

    def follow(self, room: str, root: int) -> Call:
        method = self.choose.choice(("followThread", "unfollowThread", "markRead"))
        params = {"room": room, "thread": root}
        return Call(method, params | ({"seq": root} if method == "markRead" else {}))

    def read(self, room: str) -> Call:
        seq = self.choose.randint(1, self._heads[room])
        return Call("markRead", {"room": room, "seq": seq})


@attrs.define(eq=False, kw_only=True)
class Writer(Caller):
    """Sends messages, also in threads, edits, reacts, deletes, pins, follows and marks as read.

    :param places: params for the addressee of a message: ``{"room": ...}`` or ``{"to": ...}``.
    """

    places: Sequence[dict[str, str]]
    people: Sequence[str]

    def refusals(self, call: Call) -> frozenset[str]:
        # Others may have deleted the message, and only owners pin.
        if call.method in PINS:
            return frozenset({"not_found", "forbidden"})
        if "thread" in call.params:
            return frozenset({"invalid_params"})
        return frozenset({"not_found"} if "emoji" in call.params else ())

    def next(self) -> Sequence[Call]:
        choose, what = self.choose, self.choose.random()
        if what < 0.08 and self._own:
            return [self.edit(*choose.choice(self._own))]
        if what < 0.12 and self._own:
            self._own.remove(own := choose.choice(self._own))
            return [self.delete(*own)]
        if what < 0.2 and self._heads:
            return [self.read(choose.choice(list(self._heads)))]
        if what < 0.22 and self._heads:
            room = choose.choice(list(self._heads))
            return [self.pin(room, choose.randint(1, self._heads[room]))]
        if what < 0.25 and self._heads:
            room = choose.choice(list(self._heads))
            return [self.follow(room, choose.randint(1, min(self._heads[room], ROOTS)))]
        if what < 0.3 and self._heads:
            room = choose.choice(list(self._heads))
            seq = max(self._heads[room] - choose.randint(0, 20), 1)
            return [self.react(room, seq) for _ in range(choose.randint(1, BURST))]
        place = choose.choice(self.places)
        if what < 0.4 and (head := self._heads.get(place.get("room", ""))):
            return [self.answer(place, choose.randint(1, min(head, ROOTS)))]
        return [self.send(place, self._mention()) for _ in range(choose.randint(1, BURST))]

    def _mention(self) -> str:
        return f"@{self.choose.choice(self.people)}" if self.choose.random() < 0.1 else ""


@attrs.define(eq=False)
class Listener:
    """Watches some rooms, resumes each from its last rev, and marks messages as read."""

    name: str
    rooms: Sequence[str]
    choose: random.Random
    tally: Tally
    _cursors: Cursors = attrs.field(factory=dict)

    async def listen(self, me: Recorded) -> None:
        """:raises Gone: always; the next session resumes from there."""
        try:
            await self.catch_up(me)
            while True:
                with _or_gone(me):
                    event = await me.client.event("newMessage")
                me.drain()
                if self.choose.random() < 0.05:
                    await ask(me, "markRead", room=event["room"], seq=event["seq"])
        finally:
            for frame in me.client.frames:
                if frame.get("method") in LOG_EVENTS:
                    told = frame["params"]
                    self._cursors[told["room"]] = told["rev"], told["epoch"]

    async def catch_up(self, me: Recorded) -> None:
        """Resume all rooms to the end, and stay subscribed."""
        for room in self.rooms:
            await resume(me, room, self._cursors, self.tally)
