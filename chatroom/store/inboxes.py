"""Rooms as one person sees them: the inbox, and the list of rooms to join."""

from typing import Protocol

import attrs

from ..model import InboxRoom, Room


@attrs.frozen
class RoomList:
    """A page of rooms by name.

    ``next`` is the name to go on after, None at the end. With a query the page may end before it
    is full, since a call looks at a bounded number of rooms.
    """

    rooms: tuple[Room, ...]
    next: str | None


class InboxStore(Protocol):
    async def inbox(self, user: str, room: str | None = None) -> list[InboxRoom]:
        """All rooms of that person, or the one, counted without scanning messages, in a fixed
        number of queries. An entry lacks its last message, or is left out, when it is damaged."""

    async def rooms(self, user: str, query: str | None, after: str, limit: int) -> RoomList:
        """Public rooms and that user's own (direct ones aside), by name; ``query`` is a part of the
        name or title in any case. The cost does not depend on how many rooms there are."""
