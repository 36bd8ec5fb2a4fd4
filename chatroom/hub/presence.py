"""Presence: who is online. Kept in this process only, never stored.

A person goes offline some seconds after the end of their last session, so that a reconnect causes
no events.
"""

import trio

from .hub import Hub


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
            self._hub.set_online(user, True)
            self._hub.publish_presence(user, online=True)

    def session_ended(self, user: str) -> None:
        """Note the end of a session."""
        hub = self._hub
        if hub.sessions.connected(user):
            return
        for channel in hub.channels_of(user):
            channel.set_typing(user, False)
        hub.note_no_session(user)
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
                self._hub.set_online(user, False)
                self._hub.publish_presence(user, online=False)
