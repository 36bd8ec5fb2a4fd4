"""A client's session over any number of connections: calls are asked again until they are
answered, rooms are resumed from where the user has seen them.

Knows how to keep a place, not what the calls mean: see :mod:`.chat`.
"""

import random
from collections.abc import Iterator
from functools import partial
from typing import Any, Final

import attrs
import trio
from trio_websocket import ConnectionClosed, ConnectionRejected, HandshakeError

from ..errors import CloseCode, may_reconnect
from ..model import Message
from ..protocol import results
from ..protocol.calls import Connect, GetHistory, Subscribe
from ..protocol.codec import decode_result
from ..protocol.declaring import Call
from ..protocol.events import MemberChanged, Presence, TokenExpiring, Typing
from ..protocol.field_types import Bound, Limit, RoomName, Secret
from .calls import PendingCalls, Then, ask
from .connection import Connection, Lost
from .errors import CallRefused, CannotConnect, SessionEnded, TooManySessions
from .event_queue import EventQueue
from .events import ConnectionChanged, MessageChanged, NewMessage, Resynced, Unread
from .retry import PAUSE_S
from .room import Room
from .room_sync import RoomSync
from .transport import Dial

BACKOFF_S: Final = 0.25
BACKOFF_DOUBLINGS: Final = 6
TOO_MANY: Final = "the account has too many sessions; end one of them"
RESUMED_AT_ONCE: Final = 8
"""Rooms: of a thousand, all but a few would be refused for coming too fast, and be counted."""


@attrs.define(eq=False)
class Subscription:
    feed: RoomSync
    room: Room


class Session:
    """``connected`` is what the last ``connect`` call returned."""

    def __init__(self, dial: Dial, where: str, token: str, buffer: EventQueue) -> None:
        self.connected: results.Connected | None = None
        self.subscriptions: dict[str, Subscription] = {}
        self._dial = dial
        self._where = where
        self._token = token
        self._buffer = buffer
        self._failures = 0
        self._calls = PendingCalls()
        self._subscribing = trio.Lock()
        self._somebody_behind = trio.lowlevel.ParkingLot()

    async def call(self, call: Call[Any], then: Then) -> Any:
        """See :meth:`.calls.PendingCalls.call`."""
        return await self._calls.call(call, then)

    async def subscribe(self, name: str) -> Room:
        """Listen to a room; the view is filled with its latest page."""
        async with self._subscribing:  # two at once would make two views of one room
            if name not in self.subscriptions:
                await self.call(Subscribe(RoomName(name)), self._take_first_page)
            return self.subscriptions[name].room

    # ---- the connections, one after another

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Until the session has ended; started when the first connection is made.

        :raises CannotConnect: it could not be made. :raises SessionEnded: the token is bad. Later
            ends are raised where calls and events are awaited.
        """
        while True:
            try:
                await self._connect(task_status)
            except* Exception as group:  # if with our own Cancelled, this goes on by itself
                failure = group
            end = _end_of_session(failure)
            if self.connected is None:
                raise end or CannotConnect(f"{self._where}: {_cause(failure)}") from failure
            if end is not None:
                self._calls.end(end)
                self._buffer.end(end)
                return
            for subscription in self.subscriptions.values():
                subscription.feed.lost()
            if self._failures == 0:
                self._buffer.note("connection", ConnectionChanged(connected=False))
            # Full jitter: after a restart, a thousand clients don't come at the same moment.
            longest = BACKOFF_S * 2 ** min(self._failures, BACKOFF_DOUBLINGS)
            self._failures += 1
            pause = random.uniform(0, longest)  # noqa: S311 - nothing secret about it
            await trio.sleep(max(pause, _asked_for(failure)))

    async def _connect(self, task_status: trio.TaskStatus[None]) -> None:
        async with self._dial() as dialled:
            connection = Connection(dialled, self._on_event)
            async with trio.open_nursery() as nursery:
                nursery.start_soon(connection.run)
                nursery.start_soon(connection.keep_alive)
                token = Connect(Secret(self._token))
                first = self.connected is None
                await ask(connection, token, self._take_connected)
                self._failures = 0
                if first:
                    task_status.started()
                nursery.start_soon(self._calls.send, connection)
                nursery.start_soon(self._catch_up, connection)

    def _take_connected(self, result: Any) -> None:
        again = self.connected is not None
        self.connected = decode_result(results.Connected, result)
        if again:
            self._buffer.note("connection", ConnectionChanged(connected=True))
            for entry in self.connected.inbox.rooms:
                self._buffer.note(("unread", entry.room), Unread(entry))

    # ---- the rooms

    async def _catch_up(self, connection: Connection) -> None:
        while True:
            behind = [s for s in self.subscriptions.values() if not s.feed.live]
            if not behind:
                await self._somebody_behind.park()
            # In turns, so that none has to wait for another to come to its end.
            for start in range(0, len(behind), RESUMED_AT_ONCE):
                await self._buffer.half_empty()
                async with trio.open_nursery() as nursery:
                    for subscription in behind[start : start + RESUMED_AT_ONCE]:
                        nursery.start_soon(self._resume, connection, subscription)

    async def _resume(self, connection: Connection, subscription: Subscription) -> None:
        """One step towards the present: a page, or what must be read before it."""
        feed, name = subscription.feed, RoomName(subscription.feed.room)
        if not self._has(subscription):
            return  # unsubscribed while it waited for its turn
        most = min(feed.hole or results.MAX_PAGE, results.MAX_PAGE)
        limit = Limit(self._buffer.space(most))
        try:
            if feed.hole:
                history = GetHistory(name, after=Bound(feed.seq), limit=limit)
                await ask(connection, history, partial(self._fill, subscription))
            else:
                rev = Bound(feed.rev or 0)
                resume = Subscribe(name, feed.epoch, rev, limit)
                await ask(connection, resume, partial(self._take_page, subscription))
        except CallRefused as refused:
            if refused.temporary:
                await trio.sleep(max(PAUSE_S, (refused.retry_after_ms or 0) / 1000))
            elif self._has(subscription):
                self._drop(feed.room)

    def _has(self, subscription: Subscription) -> bool:
        return self.subscriptions.get(subscription.feed.room) is subscription

    def _take_first_page(self, result: Any) -> None:
        page = decode_result(results.Subscribed, result)
        room = Room(page.room, messages={message.seq: message for message in page.messages})
        feed = RoomSync(page.room, lambda event: self._emit(room, event))
        self.subscriptions[page.room] = Subscription(feed, room)
        room.refresh(page)
        feed.take_page(page)

    def _take_page(self, subscription: Subscription, result: Any) -> None:
        page = decode_result(results.Subscribed, result)
        if self._has(subscription):  # else unsubscribed meanwhile
            subscription.room.refresh(page)
            subscription.feed.take_page(page)

    def _fill(self, subscription: Subscription, result: Any) -> None:
        history = decode_result(results.History, result)
        if self._has(subscription):
            subscription.feed.fill_hole(history)

    def _drop(self, name: str) -> None:
        """No longer a member: it was said, or nobody was there to hear it."""
        self.subscriptions.pop(name, None)
        if self.connected is not None:
            self._pass(MemberChanged(name, self.connected.user.name, None), [])

    def _emit(self, room: Room, event: NewMessage | MessageChanged | Resynced) -> bool:
        if not self._buffer.put(event):
            return False
        room.apply(event)
        return True

    def _on_event(self, method: str, params: Any) -> None:
        name = params.get("room", "")
        match method:
            case "newMessage" | "messageChanged":
                subscription = self.subscriptions.get(name)
                if subscription is not None and not subscription.feed.take_event(
                    decode_result(Message, params)
                ):
                    self._somebody_behind.unpark()
            case "unread":
                entry = decode_result(results.InboxEntry, params)
                self._buffer.note(("unread", name), Unread(entry))
            case "typing":
                self._pass(decode_result(Typing, params), [name])
            case "presence":
                self._pass(decode_result(Presence, params), list(self.subscriptions))
            case "memberChanged":
                changed = decode_result(MemberChanged, params)
                mine = self.connected is not None and changed.user == self.connected.user.name
                if mine and changed.role is None:
                    self._drop(name)
                    return
                if mine and (subscription := self.subscriptions.get(name)) is not None:
                    subscription.room.role = changed.role or "member"
                self._pass(changed, [name])
            case "tokenExpiring":
                self._buffer.note(method, decode_result(TokenExpiring, params))
            case _:
                pass  # an event of a newer server

    def _pass(self, event: Typing | Presence | MemberChanged, rooms: list[str]) -> None:
        for name in rooms:
            if (subscription := self.subscriptions.get(name)) is not None:
                subscription.room.apply_passing(event)
        where = "" if isinstance(event, Presence) else event.room
        self._buffer.note((type(event), where, event.user), event)


def _end_of_session(error: Exception) -> SessionEnded | None:
    """What ends the session; None: come back.

    :raises Exception: the error itself, when it is neither the network's nor the server's.
    """
    for leaf in _leaves(error):
        match leaf:
            case (
                CallRefused(reason="quota_exceeded") | Lost(code=CloseCode.TOO_MANY_SESSIONS)
            ):  # only `connect` is asked here by the session itself
                return TooManySessions(CloseCode.TOO_MANY_SESSIONS, TOO_MANY)
            case Lost(code=code) if not may_reconnect(code):
                return SessionEnded(code)
            case ConnectionRejected(status_code=401) | CallRefused(reason="unauthenticated"):
                return SessionEnded(CloseCode.BAD_TOKEN, "the token is unknown, expired or revoked")
            case _:
                pass  # it is passing, or is raised below
    if not all(isinstance(leaf, _PASSING) for leaf in _leaves(error)):
        raise error
    return None


def _asked_for(error: BaseException) -> float:
    """The pause in seconds that the server asked for when it refused ``connect``."""
    refusals = [leaf for leaf in _leaves(error) if isinstance(leaf, CallRefused)]
    return max((refused.retry_after_ms or 0 for refused in refusals), default=0) / 1000


def _cause(error: BaseException) -> str:
    """For people; of the network's errors in its own words, which trio keeps beneath its own."""
    match next(_leaves(error)):
        case ConnectionRejected(status_code=status):
            return f"the answer is HTTP {status}"
        case OSError() | trio.BrokenResourceError() as leaf if leaf.__cause__ is not None:
            cause = next(_leaves(leaf.__cause__))
        case leaf:
            cause = leaf
    return str(cause) or repr(cause)


_PASSING: Final = (
    Lost,
    CallRefused,
    ConnectionClosed,
    HandshakeError,
    OSError,
    trio.BrokenResourceError,
    trio.ClosedResourceError,
)


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from _leaves(inner)
    else:
        yield error
