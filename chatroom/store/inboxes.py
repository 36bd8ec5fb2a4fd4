"""Rooms from one user's point of view: the inbox, and the list of rooms to join."""

from collections.abc import Callable
from typing import Protocol

import attrs

from ..model import InboxRoom, Message, Room
from .room_log import text_size
from .threads import ThreadList


@attrs.frozen
class RoomList:
    """A page of rooms, by name.

    ``next`` is the name after which to continue; None at the end. With a query a page may be short
    although more rooms match, because one call looks at a bounded number of rooms.
    """

    rooms: tuple[Room, ...]
    next: str | None


@attrs.frozen
class MentionList:
    """Messages that mention a user, newest first.

    ``next`` is a position to continue before; None at the end.
    """

    messages: tuple[Message, ...]
    next: int | None


class InboxStore(Protocol):
    async def inbox(self, user: str, room: str | None = None) -> list[InboxRoom]:
        """Return all rooms of the user, or only ``room``.

        Takes a fixed number of queries, and counts without scanning messages. If pages of the
        database are damaged, an entry may lack its last message or be left out.
        """

    async def mentions(
        self,
        user: str,
        before: int | None,
        limit: int,
        *,
        size: Callable[[Message], int] = text_size,
    ) -> MentionList:
        """Return up to ``limit`` messages of others that mention the user or everyone, newest
        first, from the rooms that the user is a member of.

        :param before: the ``next`` of an earlier page.
        """

    async def threads(
        self, user: str, room: str | None, after: tuple[int, str, int] | None, limit: int
    ) -> ThreadList:
        """Return up to ``limit`` threads that the user follows, newest activity first.

        :param after: the ``next`` of an earlier page.
        """

    async def rooms(self, user: str, query: str | None, after: str, limit: int) -> RoomList:
        """Return up to ``limit`` public rooms and rooms of the user, by name, after ``after``.

        Direct rooms are not included. ``query`` is a substring of the name or title, ignoring
        case. The cost does not depend on the number of rooms.
        """
