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
from .room.resync import hang_up
from .store.events import MemberAdded, MemberRemoved, RoomEvent
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
        with (
            self._store.telling_news(self.heard, self._hub.channels.by_room.__contains__),
            self._store.telling_epoch(self._follow_epoch),
        ):
            task_status.started()
            while True:
                await trio.sleep(POLL_S)
                self._follow_epoch()
                for poll in (self._poll_rooms, self._poll_inboxes):
                    with suppress(StorageUnavailable):  # the next poll tries again
                        await poll()

    def heard(self, news: Sequence[News]) -> None:
        """Send news to the actors that it concerns here. A room wakes if anybody listens to it."""
        for each in news:
            match each:
                case RoomNews(room=name, events=events):
                    self._doubt_members(events)
                    self._hub.turns.news(name)
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

    def _doubt_members(self, events: Sequence[RoomEvent]) -> None:
        """Have the rooms read of people at other nodes who have joined or left a room."""
        for event in events:
            if isinstance(event, MemberAdded | MemberRemoved):
                user = event.user if isinstance(event, MemberRemoved) else event.member.user
                self._hub.online.elsewhere.doubt(user)

    def _follow_epoch(self) -> None:
        """In another epoch, have all rooms and inboxes read anew: the database may have lost its
        last commits.

        A room has the epoch from then on. So no cursor of this epoch names what is lost. Watchers
        are disconnected at once, so that no cursor of the epoch before names what comes now.
        """
        epoch = self._store.epoch
        if self._hub.channels.epoch != epoch:
            self._hub.channels.epoch = epoch
            for user in self._actors.awake_in(inbox.KIND):
                if (handle := self._hub.inboxes.get(user)) is not None:
                    handle.number = None  # so that the poll has it read
        for channel in self._hub.channels.all():
            if channel.epoch != epoch:
                hang_up(channel)
                self._actors.push(room.address(channel.room), room.ReadAnew(), wake=True)

    async def _poll_rooms(self) -> None:
        channels = iter(self._hub.channels.all())
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
                handle = self._hub.inboxes.get(user)
                if handle is None or handle.number != number:
                    self._actors.push(inbox.address(user), InboxNews(user, number))
