"""Log consumers: a durable cursor for each consumer and room, and the news of rooms that moved.

A room has moved for a consumer if its ``head_rev`` is above the consumer's cursor. A cursor never
moves back. The cursors of a deleted room are erased with its other rows.
"""

from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager
from typing import Protocol

from .room_log import Changes, Posts


class ConsumerStore(Protocol):
    async def add_consumer(self, name: str, *, from_now: bool = False) -> None:
        """Register a consumer. If it is registered already, it keeps its cursors.

        Its cursors begin before the first message of each room, or with ``from_now`` at the head of
        each room. The latter writes a row for each room, in one commit.
        """

    async def remove_consumer(self, name: str) -> None:
        """Delete a consumer with all its cursors, in one commit. It scans all cursors."""

    async def moved_rooms(
        self, consumer: str, after: str, limit: int
    ) -> tuple[list[str], str | None]:
        """Look at the ``limit`` rooms after ``after``, by name. Return the names of those that have
        moved, and the name after which to continue; None at the end."""

    async def unhandled(self, consumer: str, room: str, since: int, limit: int) -> Changes:
        """Return a page of the room's log after the consumer's cursor, or after ``since`` if that
        is higher: see :meth:`.room_log.RoomLogStore.changes`. For a room that does not exist it is
        empty, with ``head_rev`` 0."""

    async def unhandled_posts(
        self, consumer: str, room: str, since: int, limit: int, young: range
    ) -> Posts:
        """Return a page of the messages posted after the consumer's cursor, or after ``since`` if
        that is higher. It ends before the first message whose time is in ``young``."""

    async def move_consumer_cursors(self, consumer: str, revs: Mapping[str, int]) -> None:
        """Move cursors forward to the given revs, by room. Lower revs, rooms that do not exist and
        a consumer that is not registered are ignored."""

    def telling_moved(
        self, told: Callable[[Collection[str]], None]
    ) -> AbstractContextManager[None]:
        """Call ``told`` during the block, after each group of commits in which rooms have moved for
        everybody, with their names. A read that begins later sees these commits.

        ``told`` must be fast and must not raise. Without such a block nothing is done for a commit.
        """
