"""Presence: who is online. Kept in memory only, never stored.

A person goes offline some seconds after the end of their last session, so that a reconnect causes
no events. :mod:`chatroom.nodes.presence` tells who is online at other nodes.
"""

from collections.abc import Callable, Collection, Iterable

import trio

from ..net.frames import text_frame
from ..protocol import events
from ..protocol.codec import encode_event
from .channel import Channel
from .hub import Hub
from .session_handle import SessionHandle


class Presence:
    """:param grace_s: seconds from the end of a person's last session until they are offline.

    :ivar changed: called when a person goes online or offline at this node.
    """

    def __init__(self, hub: Hub, *, grace_s: float) -> None:
        self._hub = hub
        self._grace_s = grace_s
        # The time at which each person goes offline, sorted, since the delay is constant.
        self._leaving: dict[str, float] = {}
        self._somebody_left = trio.lowlevel.ParkingLot()
        self.changed: Callable[[str, bool], object] | None = None

    def session_began(self, user: str) -> None:
        """Note a new session of a person, whose inbox is awake."""
        if user not in self._hub.online.here:
            self._publish(user, online=True)

    def session_ended(self, user: str) -> None:
        """Note the end of a session."""
        hub = self._hub
        if hub.sessions.connected(user):
            return
        for channel in hub.inboxes.channels_of(user):
            hub.end_typing(user, channel)
        if inbox := hub.inboxes.get(user):
            inbox.no_session = True
        if user in hub.online.here:
            self._leaving.pop(user, None)
            self._leaving[user] = trio.current_time() + self._grace_s
            self._somebody_left.unpark()

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        task_status.started()
        while True:
            while not self._leaving:
                await self._somebody_left.park()
            user, due = next(iter(self._leaving.items()))
            if trio.current_time() < due:
                await trio.sleep_until(due)
                continue  # a person who reconnected and left meanwhile has moved to the end
            del self._leaving[user]
            if not self._hub.sessions.connected(user):
                self._publish(user, online=False)

    def _publish(self, user: str, *, online: bool) -> None:
        """Record that a person goes online or offline at this node, and tell of it."""
        hub = self._hub
        (hub.online.here.add if online else hub.online.here.discard)(user)
        changed = []
        for channel in hub.inboxes.channels_of(user):
            if user not in hub.online.elsewhere.of(channel.room):
                channel.online += 1 if online else -1
                changed.append(channel)
        self._tell(user, changed, online=online)
        if self.changed is not None:
            self.changed(user, online)

    # ---- people at other nodes

    def place(self, user: str, rooms: Collection[str]) -> None:
        """Record the rooms of a person who is online at another node, and tell of it where that
        is new.
        """
        hub = self._hub
        before = hub.online.elsewhere.rooms(user)
        for room in before - set(rooms):
            hub.online.part(user, room)
        came = [hub.online.join(user, room) for room in rooms if room not in before]
        self._tell(user, came, online=True)

    def left_elsewhere(self, user: str) -> None:
        """Record that a person is online at no other node, and tell of it."""
        hub = self._hub
        rooms = list(hub.online.elsewhere.rooms(user))
        if not hub.sessions.connected(user):
            for channel in filter(None, map(hub.get, rooms)):
                channel.end_typing(user)
        went = [hub.online.part(user, room) for room in rooms]
        hub.online.elsewhere.go(user)
        self._tell(user, went, online=False)

    def _tell(self, user: str, channels: Iterable[Channel | None], *, online: bool) -> None:
        """Push a change once to every session that watches one of the rooms."""
        watchers: dict[str, SessionHandle] = {}
        for channel in channels:
            if channel is not None and self._hub.online.is_shown(channel):
                watchers.update(channel.watchers)
        if watchers:
            frame = text_frame(encode_event(events.Presence(user, online)))
            for session in watchers.values():
                session.outbox.push_state(user, frame)
