"""People who are online at other nodes, with their rooms.

The rooms are read from the store, and follow the memberships that are published at this node.
A person is *doubted* from a possible change of these rooms until they are read again.
"""

import sys
from collections.abc import Collection, Set
from itertools import islice
from typing import Final

import trio

_NOBODY: Final[frozenset[str]] = frozenset()


class Elsewhere:
    def __init__(self) -> None:
        self._rooms: dict[str, set[str]] = {}
        self._users: dict[str, set[str]] = {}
        self._doubted: dict[str, None] = {}
        # Those whom the last call of doubted() returned.
        self._reading: set[str] = set()
        self._somebody = trio.lowlevel.ParkingLot()

    def __contains__(self, user: str) -> bool:
        return user in self._rooms

    def of(self, room: str) -> Set[str]:
        """Return the members of the room who are online at other nodes."""
        return self._users.get(room, _NOBODY)

    def users(self) -> Set[str]:
        """Return all people who are online at other nodes."""
        return self._rooms.keys()

    def rooms(self, user: str) -> Set[str]:
        return self._rooms.get(user, _NOBODY)

    def come(self, user: str) -> None:
        """Add a person, whose rooms are not known yet."""
        self._rooms.setdefault(user, set())
        self.doubt(user)

    def go(self, user: str) -> None:
        """Remove a person who is in no room any more."""
        self._rooms.pop(user, None)
        self._doubted.pop(user, None)

    def join(self, user: str, room: str) -> bool:
        """Add a room of a person. Returns False if it is known."""
        if room in self._rooms[user]:
            return False
        room = sys.intern(room)
        self._rooms[user].add(room)
        self._users.setdefault(room, set()).add(user)
        return True

    def part(self, user: str, room: str) -> bool:
        """Remove a room of a person. Returns False if there is no such room."""
        if room not in self.rooms(user):
            return False
        self._rooms[user].discard(room)
        users = self._users[room]
        users.discard(user)
        if not users:
            del self._users[room]
        return True

    # ---- whose rooms are to be read

    def doubt(self, user: str) -> None:
        """Have the person's rooms read. No-op if the person is not online at another node."""
        if user in self._rooms:
            self._doubted[user] = None
            self._somebody.unpark_all()

    def doubt_some(self, limit: int) -> None:
        """Have the rooms of up to ``limit`` people read: those that were read longest ago. People
        whose rooms are being read are left out, since a slow read would begin again and again.
        """
        for user in list(islice(self._rooms, limit)):
            self._rooms[user] = self._rooms.pop(user)
            if user not in self._reading:
                self.doubt(user)

    def is_doubted(self, user: str) -> bool:
        return user in self._doubted

    async def doubted(self, limit: int) -> Collection[str]:
        """Wait for people whose rooms are to be read. They are not doubted any more."""
        self._reading = set()
        while not self._doubted:
            await self._somebody.park()
        users = list(islice(self._doubted, limit))
        for user in users:
            del self._doubted[user]
        self._reading.update(users)
        return users
