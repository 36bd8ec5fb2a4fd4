"""A client's session over any number of connections.

Repeats calls until they are answered, and resumes each room after the last message that the user
has seen. For the meaning of calls see :mod:`.chat`.
"""

import random
from collections.abc import Iterable
from functools import partial
from typing import Any, Final

import attrs
import trio

from ..model import Message, Profile, ServerState
from ..protocol import results
from ..protocol.calls import Connect, GetHistory, GetUsers, Subscribe
from ..protocol.codec import decode_result
from ..protocol.declaring import Call
from ..protocol.events import (
    MemberChanged,
    MuteChanged,
    Presence,
    ReactionsChanged,
    RoomChanged,
    ServerChanged,
    SettingsChanged,
    ThreadUnread,
    TokenExpiring,
    Typing,
    UserChanged,
)
from ..protocol.field_types import Bound, Limit, RoomName, Secret
from .calls import CallQueue, Then, ask
from .connection import Connection
from .errors import CallRefused, CannotConnect
from .event_queue import EventQueue
from .events import ConnectionChanged, LogEvent, Unread
from .failures import cause, end_of_session, requested_pause_s
from .retry import MIN_PAUSE_S
from .room import Room
from .room_sync import RoomSync
from .transport import Dial
from .users import Users

BACKOFF_S: Final = 0.25
BACKOFF_DOUBLINGS: Final = 6
MAX_CONCURRENT_RESUMES: Final = 8
"""Maximum number of rooms resumed at once. More would be refused for their rate, and be counted."""


@attrs.define(eq=False)
class Subscription:
    sync: RoomSync
    room: Room


class Session:
    """The client's session. ``connected`` is the result of the last ``connect`` call."""

    def __init__(self, dial: Dial, where: str, token: str, buffer: EventQueue) -> None:
        self.connected: results.Connected | None = None
        self.subscriptions: dict[str, Subscription] = {}
        self.users: Final = Users()
        self._dial = dial
        self._where = where
        self._token = token
        self._buffer = buffer
        self._failures = 0
        self._calls = CallQueue()
        self._subscribing = trio.Lock()
        self._gap_found = trio.lowlevel.ParkingLot()

    async def call(self, call: Call[Any], then: Then) -> Any:
        """See :meth:`.calls.CallQueue.call`."""
        return await self._calls.call(call, then)

    async def subscribe(self, name: str) -> Room:
        """Subscribe to a room. Returns its view, with its latest page."""
        async with self._subscribing:  # concurrent calls would create two views of one room
            if name not in self.subscriptions:
                await self.call(Subscribe(RoomName(name)), self._handle_first_page)
            return self.subscriptions[name].room

    # ---- the connections, one after another

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Run until the session ends. Started when the first connection is established.

        :raises CannotConnect: the first connection failed.
        :raises SessionEnded: the token is invalid. A later end is raised where calls and events are
            awaited.
        """
        while True:
            try:
                await self._connect(task_status)
            except* Exception as group:  # a Cancelled in the group propagates by itself
                failure = group
            end = end_of_session(failure)
            if self.connected is None:
                raise end or CannotConnect(f"{self._where}: {cause(failure)}") from failure
            if end is not None:
                self._calls.end(end)
                self._buffer.end(end)
                return
            for subscription in self.subscriptions.values():
                subscription.sync.lost()
            if self._failures == 0:
                self._buffer.put_latest("connection", ConnectionChanged(connected=False))
            # Full jitter: after a restart, clients do not all reconnect at the same moment.
            max_pause = BACKOFF_S * 2 ** min(self._failures, BACKOFF_DOUBLINGS)
            self._failures += 1
            pause = random.uniform(0, max_pause)  # noqa: S311 - not secret
            await trio.sleep(max(pause, requested_pause_s(failure)))

    async def _connect(self, task_status: trio.TaskStatus[None]) -> None:
        async with self._dial() as transport:
            connection = Connection(transport, self._on_event)
            async with trio.open_nursery() as nursery:
                nursery.start_soon(connection.run)
                nursery.start_soon(connection.keep_alive)
                token = Connect(Secret(self._token))
                first = self.connected is None
                await ask(connection, token, self._handle_connected)
                self._failures = 0
                if first:
                    task_status.started()
                nursery.start_soon(self._calls.send, connection)
                nursery.start_soon(self._catch_up, connection)
                nursery.start_soon(self._refresh_users, connection)

    def _handle_connected(self, result: Any) -> None:
        again = self.connected is not None
        self.connected = decode_result(results.Connected, result)
        if again:
            self._buffer.put_latest("connection", ConnectionChanged(connected=True))
            self._note_server(self.connected.server)
            for entry in self.connected.inbox.rooms:
                self._buffer.put_latest(("unread", entry.room), Unread(entry))

    # ---- the rooms

    async def _catch_up(self, connection: Connection) -> None:
        while True:
            behind = [s for s in self.subscriptions.values() if not s.sync.live]
            if not behind:
                await self._gap_found.park()
            # One step per room in turn, so that no room waits for another to finish.
            for start in range(0, len(behind), MAX_CONCURRENT_RESUMES):
                await self._buffer.wait_half_empty()
                async with trio.open_nursery() as nursery:
                    for subscription in behind[start : start + MAX_CONCURRENT_RESUMES]:
                        nursery.start_soon(self._resume, connection, subscription)

    async def _resume(self, connection: Connection, subscription: Subscription) -> None:
        """Make one step of a resume: fetch a page, or first the messages of a hole."""
        sync, name = subscription.sync, RoomName(subscription.sync.room)
        if not self._has(subscription):
            return  # unsubscribed meanwhile
        most = min(sync.hole or results.MAX_PAGE, results.MAX_PAGE)
        limit = Limit(self._buffer.space(most))
        try:
            if sync.hole:
                history = GetHistory(name, after=Bound(sync.seq), limit=limit, whole=True)
                await ask(connection, history, partial(self._handle_history, subscription))
            else:
                rev = Bound(sync.rev or 0)
                resume = Subscribe(name, sync.epoch, rev, limit)
                await ask(connection, resume, partial(self._handle_page, subscription))
        except CallRefused as refused:
            if refused.temporary:
                await trio.sleep(max(MIN_PAUSE_S, (refused.retry_after_ms or 0) / 1000))
            elif self._has(subscription):
                self._drop(sync.room)

    def _has(self, subscription: Subscription) -> bool:
        return self.subscriptions.get(subscription.sync.room) is subscription

    def _handle_first_page(self, result: Any) -> None:
        page = decode_result(results.Subscribed, result)
        room = Room(
            page.room,
            messages={message.seq: message for message in page.messages},
            user=self.connected.user.name if self.connected else "",
        )
        sync = RoomSync(page.room, lambda event: self._emit(room, event))
        self.subscriptions[page.room] = Subscription(sync, room)
        room.refresh(page)
        sync.handle_page(page)

    def _handle_page(self, subscription: Subscription, result: Any) -> None:
        page = decode_result(results.Subscribed, result)
        if self._has(subscription):  # not unsubscribed meanwhile
            subscription.room.refresh(page)
            subscription.sync.handle_page(page)

    def _handle_history(self, subscription: Subscription, result: Any) -> None:
        history = decode_result(results.History, result)
        if self._has(subscription):
            subscription.sync.handle_history(history)

    def _drop(self, name: str) -> None:
        """Drop a room of which the user is no longer a member, and emit that as an event."""
        self.subscriptions.pop(name, None)
        if self.connected is not None:
            self._emit_transient(MemberChanged(name, self.connected.user.name, None), [])

    def _emit(self, room: Room, event: LogEvent) -> bool:
        if not self._buffer.put(event):
            return False
        room.apply(event)
        return True

    def _on_event(self, method: str, params: Any) -> None:
        name = params.get("room", "")
        match method:
            case "newMessage" | "messageChanged":
                self._handle_log_event(name, decode_result(Message, params))
            case "reactionsChanged":
                self._handle_log_event(name, decode_result(ReactionsChanged, params))
            case "unread":
                entry = decode_result(results.InboxEntry, params)
                self._buffer.put_latest(("unread", name), Unread(entry))
            case "threadUnread":
                thread = decode_result(ThreadUnread, params)
                self._buffer.put_latest((method, name, thread.thread), thread)
            case "typing":
                self._emit_transient(decode_result(Typing, params), [name])
            case "presence":
                self._emit_transient(decode_result(Presence, params), list(self.subscriptions))
            case "memberChanged":
                changed = decode_result(MemberChanged, params)
                mine = self.connected is not None and changed.user == self.connected.user.name
                if mine and changed.role is None:
                    self._drop(name)
                    return
                if mine and (subscription := self.subscriptions.get(name)) is not None:
                    subscription.room.role = changed.role or "member"
                self._emit_transient(changed, [name])
            case "muteChanged":
                self._emit_transient(decode_result(MuteChanged, params), [name])
            case "roomChanged":
                settings = decode_result(RoomChanged, params)
                if (subscription := self.subscriptions.get(name)) is not None:
                    subscription.room.configure(settings)
                self._buffer.put_latest((method, name), settings)
            case "userChanged":
                profile = decode_result(Profile, params)
                self.users.put(profile)
                self._emit_profile(profile)
            case "settingsChanged":
                self._buffer.put_latest(method, decode_result(SettingsChanged, params))
            case "serverChanged":
                self._note_server(decode_result(ServerState, params))
            case "tokenExpiring":
                self._buffer.put_latest(method, decode_result(TokenExpiring, params))
            case _:
                pass  # from a newer server

    def _note_server(self, state: ServerState) -> None:
        if self.connected is not None:
            self.connected = attrs.evolve(self.connected, server=state)
        event = ServerChanged(**attrs.asdict(state, recurse=False))
        self._buffer.put_latest("serverChanged", event)

    def _emit_profile(self, profile: Profile) -> None:
        event = UserChanged(**attrs.asdict(profile, recurse=False))
        self._buffer.put_latest(("userChanged", profile.name), event)

    async def load_users(self, names: Iterable[str]) -> None:
        """Ask for profiles, for :attr:`users`."""
        for call in self.users.calls(names):
            await self.call(call, partial(self._handle_users, call))

    async def _refresh_users(self, connection: Connection) -> None:
        """Read the known profiles again, since events may have been missed."""
        calls = self.users.calls(self.users.names)
        while calls:
            try:
                await ask(connection, calls[0], partial(self._handle_users, calls[0]))
            except CallRefused as refused:
                if not refused.temporary:
                    return  # a server without profiles
                await trio.sleep(max(MIN_PAUSE_S, (refused.retry_after_ms or 0) / 1000))
            else:
                del calls[0]

    def _handle_users(self, call: GetUsers, result: Any) -> None:
        for profile in self.users.put_reply(call, decode_result(results.People, result)):
            self._emit_profile(profile)

    def _handle_log_event(self, room: str, event: Message | ReactionsChanged) -> None:
        subscription = self.subscriptions.get(room)
        if subscription is not None and not subscription.sync.handle_event(event):
            self._gap_found.unpark()

    def _emit_transient(
        self, event: Typing | Presence | MemberChanged | MuteChanged, rooms: list[str]
    ) -> None:
        for name in rooms:
            if (subscription := self.subscriptions.get(name)) is not None:
                subscription.room.apply_transient(event)
        where = "" if isinstance(event, Presence) else event.room
        self._buffer.put_latest((type(event), where, event.user), event)
