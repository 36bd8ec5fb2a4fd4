"""Who is online. Ephemeral: known to this process alone, never stored.

Offline is told a while after the last session went, so that a reconnect says nothing.
"""

import trio

from ..net.frames import text_frame
from ..protocol import events, results
from ..protocol.codec import encode_event
from .channel import Channel
from .channels import Channels
from .line import Line
from .lines import Lines


class Presence:
    """``most_members``: larger rooms are not told."""

    def __init__(
        self, lines: Lines, topics: Channels, *, grace_s: float, most_members: int
    ) -> None:
        self._lines = lines
        self._topics = topics
        self._grace_s = grace_s
        self._most_members = most_members
        # When each is gone for good: in order of time, since all wait equally long.
        self._leaving: dict[str, float] = {}
        self._somebody_left = trio.lowlevel.ParkingLot()

    def __contains__(self, user: str) -> bool:
        return self._topics.is_online(user)

    def online(self, topic: Channel) -> results.Online:
        small = topic.members <= self._most_members
        return results.Online(topic.online, tuple(self._topics.online_in(topic)) if small else None)

    def came(self, user: str) -> None:
        """A session is connected, and the person's inbox awake."""
        if user not in self:
            self._topics.set_online(user, True)
            self._tell(user, online=True)

    def went(self, user: str) -> None:
        """A session has gone."""
        if self._lines.connected(user):
            return
        for topic in self._topics.of(user):
            topic.set_typing(user, False)
        self._topics.alone(user)
        if user in self:
            self._leaving.pop(user, None)
            self._leaving[user] = trio.current_time() + self._grace_s
            self._somebody_left.unpark()

    def joined(self, user: str, topic: Channel) -> None:
        """Who comes into a room online is news to those who watch it."""
        if user in self and topic.members <= self._most_members:
            topic.publish(events.Presence(user=user, online=True), beside=user)

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
            if not self._lines.connected(user):
                self._topics.set_online(user, False)
                self._tell(user, online=False)

    def _tell(self, user: str, *, online: bool) -> None:
        watchers: dict[str, Line] = {}
        for topic in self._topics.of(user):
            if topic.members <= self._most_members:
                watchers.update(topic.watchers)
        if watchers:
            frame = text_frame(encode_event(events.Presence(user, online)))
            for line in watchers.values():
                line.push_state(user, frame)
