"""Queries and writes of housekeeping and operators: sizes, pruning, erasure, unused space."""

from typing import Protocol

import attrs

from ..model import Kind, Visibility


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


class HousekeepingStore(Protocol):
    async def room_sizes(self, after: str, limit: int) -> list[RoomSize]:
        """Return up to ``limit`` rooms, by name, starting after ``after``.

        The cost does not depend on the length of their logs.
        """

    async def prunable(
        self, keep_messages: int | None, before: int | None, after: str, limit: int
    ) -> tuple[list[str], str | None]:
        """Look at the ``limit`` rooms after ``after``, by name. Return the names of those that have
        more than ``keep_messages`` messages or one older than ``before`` (ms), and the name after
        which to continue; None at the end."""

    async def erase_retired(self, limit: int) -> bool:
        """Erase at most ``limit`` rows of retired rooms. Return False if none are left."""

    async def give_back(self) -> bool:
        """Return unused space to the file system for some milliseconds. Return True if there is
        more. An engine that does this by itself, or cannot do it, returns False.
        """
