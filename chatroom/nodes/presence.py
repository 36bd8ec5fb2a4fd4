"""Presence across nodes: each node tells the others who is online at it.

It tells of each change, and each second the digest of all. A node that has another digest asks for
the whole list, which comes in parts. So what was lost is healed within seconds. The people of a
node that is not alive go offline.
"""

from collections.abc import Iterable
from itertools import islice
from typing import Any, Final, Protocol

import orjson
import trio

from ..errors import StorageUnavailable
from ..hub.hub import Hub
from ..hub.presence import Presence
from ..store.news import NewsStore
from ..store.people import PeopleStore
from .name_set import MAX_NAMES, NameSet, Part

KIND: Final = "presence"
GATHER_S: Final = 0.05
"""Time for which changes are gathered in one message."""
DIGEST_S: Final = 1.0
"""Time between two digests."""
GONE_S: Final = 5.0
"""Time from when a node is not alive any more until its people are offline."""
READ: Final = 100
"""People whose rooms are read at once, and number of those that are read again in each second."""


class SharedStore(NewsStore, PeopleStore, Protocol):
    pass


class SharedPresence:
    """Tell other nodes of the people online here, and hear of those online there."""

    def __init__(self, store: SharedStore, hub: Hub, presence: Presence) -> None:
        self._store = store
        self._hub = hub
        self._presence = presence
        self._here = NameSet()
        self._changes: dict[str, bool] = {}
        self._changed = trio.lowlevel.ParkingLot()
        self._asked = False
        self._there: dict[int, NameSet] = {}
        # When a node was first seen not to be alive.
        self._silent: dict[int, float] = {}
        presence.changed = self._note

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Tell and hear until cancelled."""
        with self._store.bus.hearing(KIND, self._heard):
            task_status.started()
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._tell_changes)
                nursery.start_soon(self._compare)
                nursery.start_soon(self._read_rooms)

    # ---- who is online here

    def _note(self, user: str, online: bool) -> None:
        self._here.set(user, online)
        self._changes[user] = online
        self._changed.unpark_all()

    async def _tell_changes(self) -> None:
        while True:
            while not self._changes:
                await self._changed.park()
            await trio.sleep(GATHER_S)
            self._flush()

    def _flush(self) -> None:
        changes, self._changes = iter(self._changes.items()), {}
        while some := dict(islice(changes, MAX_NAMES)):
            self._tell(changes=some)

    async def _compare(self) -> None:
        while True:
            await trio.sleep(DIGEST_S)
            self._flush()
            if self._asked:
                self._asked = False
                for part in self._here.parts():
                    self._tell(part=part.number, of=part.of, users=part.names)
            self._tell(digest=self._here.digest)
            await self._forget_gone()
            self._hub.online.elsewhere.doubt_some(READ)

    def _tell(self, **message: Any) -> None:
        self._store.bus.tell(KIND, orjson.dumps(message))

    # ---- who is online at other nodes

    def _heard(self, node: int, message: bytes) -> None:
        there = self._there.setdefault(node, NameSet())
        match orjson.loads(message):
            case {"changes": dict(changes)}:
                for user, online in changes.items():
                    self._set(there, user, online)
            case {"digest": str(digest)}:
                if digest != there.digest:
                    self._tell(ask=node)
            case {"ask": int(asked)}:
                self._asked = self._asked or asked == self._store.node
            case {"part": int(number), "of": int(of), "users": list(users)}:
                for user in there.missing(Part(number, of, users)):
                    self._set(there, user, False)
                for user in users:
                    self._set(there, user, True)
            case _:
                raise ValueError("unknown message of presence")

    def _set(self, there: NameSet, user: str, online: bool) -> None:
        there.set(user, online)
        elsewhere = self._hub.online.elsewhere
        if online:
            if user not in elsewhere:
                elsewhere.come(user)
        elif user in elsewhere and not any(user in names for names in self._there.values()):
            self._presence.left_elsewhere(user)

    async def _forget_gone(self) -> None:
        """Let the people of nodes go offline that are not alive for some time."""
        now, alive = trio.current_time(), self._store.others
        for node in list(self._there):
            if node in alive:
                self._silent.pop(node, None)
            elif now - self._silent.setdefault(node, now) >= GONE_S:
                del self._silent[node]
                there = self._there.pop(node)
                await self._forget(there)

    async def _forget(self, there: NameSet) -> None:
        for number, user in enumerate(list(there)):
            if number % READ == 0:
                await trio.lowlevel.checkpoint()
            self._set(there, user, False)

    # ---- their rooms

    async def _read_rooms(self) -> None:
        elsewhere = self._hub.online.elsewhere
        while True:
            users = await elsewhere.doubted(READ)
            try:
                found = await self._store.rooms_of(users)
            except StorageUnavailable:
                self._doubt(users)
                await trio.sleep(DIGEST_S)
                continue
            for person in found:
                user = person.profile.name
                # Otherwise the person has left a room, or the node, since the read (I5).
                if user in elsewhere and not elsewhere.is_doubted(user):
                    self._presence.place(user, person.rooms)
            await trio.lowlevel.checkpoint()

    def _doubt(self, users: Iterable[str]) -> None:
        for user in users:
            self._hub.online.elsewhere.doubt(user)
