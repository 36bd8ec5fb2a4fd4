"""What housekeeping and operators ask: sizes of rooms, what may go, and space to give back."""

from typing import Protocol

import attrs

from ..model import Kind, Visibility


@attrs.frozen
class RoomSize:
    """A room as an operator sees it. ``bytes`` is an estimate of its messages' texts."""

    name: str
    kind: Kind
    visibility: Visibility
    members: int
    messages: int
    bytes: int
    active_at: int


class HousekeepingStore(Protocol):
    async def room_sizes(self, after: str, limit: int) -> list[RoomSize]:
        """All rooms by name, those after ``after``; the cost does not depend on their logs."""

    async def prunable(
        self, keep_messages: int | None, before: int | None, after: str, limit: int
    ) -> tuple[list[str], str | None]:
        """Of the ``limit`` rooms after ``after``, by name, those with more messages than that, or
        with one older than ``before`` (ms); and the name to go on after, None at the end."""

    async def erase_retired(self, most: int) -> bool:
        """Erase at most so many rows of retired rooms; False: nothing is left of them."""

    async def give_back(self) -> bool:
        """Give unused space back to the file system, as much as takes some ms; whether there is
        more of it. A kind of store that does so by itself, or cannot, says False.
        """
