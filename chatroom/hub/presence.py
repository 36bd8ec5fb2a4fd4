"""Presence: who is online. Kept in this process only, never stored.

A person goes offline some seconds after the end of their last session, so that a reconnect causes
no events.
"""

import trio

from ..net.frames import text_frame
from ..protocol import events
from ..protocol.codec import encode_event
from .hub import Hub
from .session_handle import SessionHandle


class Presence:
    """:param grace_s: seconds from the end of a person's last session until they are offline."""

    def __init__(self, hub: Hub, *, grace_s: float) -> None:
        self._hub = hub
        self._grace_s = grace_s
        # The time at which each person goes offline, sorted, since the delay is constant.
        self._leaving: dict[str, float] = {}
        self._somebody_left = trio.lowlevel.ParkingLot()

    def session_began(self, user: str) -> None:
        """Note a new session of a person, whose inbox is awake."""
        if not self._hub.is_online(user):
            self._publish(user, online=True)

    def session_ended(self, user: str) -> None:
        """Note the end of a session."""
        hub = self._hub
        if hub.sessions.connected(user):
            return
        for channel in hub.channels_of(user):
            channel.end_typing(user)
        if inbox := hub.inbox(user):
            inbox.no_session = True
        if hub.is_online(user):
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
        """Record a change, and push it once to every session that watches a room of that person."""
        users = self._hub.online_users
        (users.add if online else users.discard)(user)
        watchers: dict[str, SessionHandle] = {}
        for channel in self._hub.channels_of(user):
            channel.online += 1 if online else -1
            if self._hub.shows_presence(channel):
                watchers.update(channel.watchers)
        if watchers:
            frame = text_frame(encode_event(events.Presence(user, online)))
            for session in watchers.values():
                session.outbox.push_state(user, frame)
