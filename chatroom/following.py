"""Follow the commits of other nodes on the same store: from news to the mail of rooms and inboxes.

News is a hint. A room applies it in the order of its versions. A poll finds lost news: it compares
the versions of all rooms that somebody here listens to, and the numbers of all awake inboxes, with
the store.
"""

from collections.abc import Sequence
from contextlib import suppress
from itertools import islice
from typing import Final

import trio

from .actors.supervisor import Supervisor
from .errors import StorageUnavailable
from .hub.hub import Hub
from .inbox import mail as inbox
from .room import mail as room
from .store.events import MemberAdded, RoomEvent
from .store.news import InboxNews, News, RoomNews
from .store.store import Store

POLL_S: Final = 1.0
"""Time between two polls, and so the longest delay by lost news."""
POLLED: Final = 1_000
"""Rooms or inboxes of one read."""


class Following:
    """The news of one node."""

    def __init__(self, store: Store, hub: Hub, actors: Supervisor) -> None:
        self._store = store
        self._hub = hub
        self._actors = actors

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Receive news until cancelled."""
        with self._store.telling_news(self.heard):
            task_status.started()
            while True:
                await trio.sleep(POLL_S)
                for poll in (self._poll_rooms, self._poll_inboxes):
                    with suppress(StorageUnavailable):  # the next poll tries again
                        await poll()

    def heard(self, news: Sequence[News]) -> None:
        """Send news to the actors that it concerns here. A room wakes if anybody listens to it."""
        for each in news:
            match each:
                case RoomNews(room=name, events=events):
                    if self._hub.get(name) is not None or self._adds_somebody(events):
                        self._actors.push(room.address(name), each, wake=True)
                case InboxNews(user=user):
                    self._actors.push(inbox.address(user), each)

    def _adds_somebody(self, events: Sequence[RoomEvent]) -> bool:
        """Whether somebody with an awake inbox has joined a room that nobody here listened to."""
        return any(
            isinstance(event, MemberAdded) and self._actors.awake(inbox.address(event.member.user))
            for event in events
        )

    async def _poll_rooms(self) -> None:
        channels = iter(self._hub.channels())
        while known := {each.room: each.version for each in islice(channels, POLLED)}:
            stored = await self._store.versions(list(known))
            for name, version in known.items():
                now = stored.get(name, 0)
                if version is not None and now != version:
                    # The version of a deleted room is the next one.
                    self.heard([RoomNews(name, now or version + 1)])

    async def _poll_inboxes(self) -> None:
        users = iter(self._actors.awake_in(inbox.KIND))
        while asked := list(islice(users, POLLED)):
            for user, number in (await self._store.inbox_numbers(asked)).items():
                handle = self._hub.inbox(user)
                if handle is None or handle.number != number:
                    self._actors.push(inbox.address(user), InboxNews(user, number))
