"""Who is online. Ephemeral: known to this process alone, never stored.

Offline is told a while after the last session went, so that a reconnect says nothing.
"""

import trio

from .hub import Hub


class Presence:
    """``grace_s``: so long after the last session went, the person is offline."""

    def __init__(self, hub: Hub, *, grace_s: float) -> None:
        self._hub = hub
        self._grace_s = grace_s
        # When each is gone for good: in order of time, since all wait equally long.
        self._leaving: dict[str, float] = {}
        self._somebody_left = trio.lowlevel.ParkingLot()

    def came(self, user: str) -> None:
        """A session is connected, and the person's inbox awake."""
        if not self._hub.is_online(user):
            self._hub.set_online(user, True)
            self._hub.publish_presence(user, online=True)

    def went(self, user: str) -> None:
        """A session has gone."""
        hub = self._hub
        if hub.sessions.connected(user):
            return
        for channel in hub.of(user):
            channel.set_typing(user, False)
        hub.alone(user)
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
                continue  # who came and went again meanwhile, now stands at the end
            del self._leaving[user]
            if not self._hub.sessions.connected(user):
                self._hub.set_online(user, False)
                self._hub.publish_presence(user, online=False)
