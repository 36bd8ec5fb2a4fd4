"""Queries and writes of housekeeping and operators: sizes, pruning, erasure, unused space."""

from typing import Protocol

import attrs

from ..model import Kind, Visibility
from .administration import Act, Denial


@attrs.frozen
class RoomSize:
    """A room as an operator sees it.

    ``bytes`` is an estimate of the size of its messages' texts. ``active_at`` (ms) is the time of
    the latest message, or of the room's creation.
    """

    name: str
    kind: Kind
    visibility: Visibility
    members: int
    messages: int
    bytes: int
    active_at: int


@attrs.frozen
class FileSize:
    """The size of the files that an account keeps, in bytes, and how many are in no message."""

    user: str
    bytes: int
    waiting: int


@attrs.frozen
class Kept:
    """How long messages are kept: the server's settings. None: all.

    ``now`` is in ms since the epoch, for ``days``. A room may keep less.
    """

    messages: int | None
    days: int | None
    now: int


@attrs.frozen
class Prunable:
    """A room that has messages to prune: all but the last ``messages``, and those from before
    ``before`` (ms). None: no limit."""

    room: str
    messages: int | None
    before: int | None


@attrs.frozen
class Retention:
    """How long a room keeps messages, and what would be pruned now.

    ``days`` and ``messages`` are the room's own; None: as the server. ``count``: of messages that
    would be pruned, which were sent from ``first_at`` to ``last_at`` (ms); None if there are none.
    """

    room: str
    days: int | None
    messages: int | None
    count: int
    first_at: int | None = None
    last_at: int | None = None


class HousekeepingStore(Protocol):
    async def room_sizes(self, after: str, limit: int) -> list[RoomSize]:
        """Return up to ``limit`` rooms, by name, starting after ``after``.

        The cost does not depend on the length of their logs.
        """

    async def prunable(
        self, kept: Kept, after: str, limit: int
    ) -> tuple[list[Prunable], str | None]:
        """Look at the ``limit`` rooms after ``after``, by name. Return those that have messages to
        prune, and the name after which to continue; None at the end."""

    async def retention(
        self, kept: Kept, after: str, limit: int
    ) -> tuple[list[Retention], str | None]:
        """Return the ``limit`` rooms after ``after``, by name, and the name after which to
        continue; None at the end."""

    async def own_retention(self, room: str) -> tuple[int | None, int | None] | None:
        """Return how many days and messages a room keeps of its own; None: no such room."""

    async def set_retention(
        self, room: str, days: int | None, messages: int | None, act: Act
    ) -> Denial | None:
        """Set how long a room keeps messages. Return why not: the author of the act is no admin, or
        there is no such room."""

    async def file_sizes(self, after: str, limit: int) -> list[FileSize]:
        """Return up to ``limit`` accounts that keep files, by name, after ``after``."""

    async def note_pruned(self, rooms: int, messages: int, at: int) -> None:
        """Add to the audit that messages were pruned."""

    async def erase_retired(self, limit: int) -> bool:
        """Erase at most ``limit`` rows of retired rooms. Return False if none are left."""

    async def give_back(self) -> bool:
        """Return unused space to the file system for some milliseconds. Return True if there is
        more. An engine that does this by itself, or cannot do it, returns False.
        """
