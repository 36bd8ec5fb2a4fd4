"""The part of the store's interface that keeps blocks, what quotas are counted by, and what an
operator sees of rooms. Its guarantees are those of :mod:`.store`.
"""

from collections.abc import Collection, Mapping
from typing import Protocol

import attrs

from ..model import Kind, User, Visibility
from .conditions import UsageKind


@attrs.frozen
class DayUsage:
    """Counts of one account's day, by kind."""

    user: str
    counts: Mapping[UsageKind, int]


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


class QuotaStore(Protocol):
    # ---- rooms, for operators

    async def room_sizes(self, after: str, limit: int) -> list[RoomSize]:
        """All rooms by name, those after ``after``; the cost does not depend on their logs."""

    async def erase_retired(self, most: int) -> bool:
        """Erase at most so many rows of retired rooms; False: nothing is left of them."""

    # ---- blocks

    async def set_blocked(self, user: str, other: str, at: int, *, most: int | None) -> str | None:
        """``user`` blocks ``other`` from here on; once more changes nothing. Not done, it returns
        why: ``not_found``, or ``quota_exceeded`` when ``user`` blocks ``most`` people already.
        """

    async def unset_blocked(self, user: str, other: str) -> None: ...

    async def blocked(self, user: str, after: str, limit: int) -> list[User]:
        """The people that ``user`` blocks, by name, those after ``after``."""

    # ---- quotas

    async def usage(self, day: int, after: str = "", limit: int = 10_000) -> list[DayUsage]:
        """The counts of that day, by account, those after ``after``; at most ``limit``."""

    async def add_usage(self, day: int, counts: Collection[DayUsage]) -> None:
        """Add to the counts of that day."""

    async def forget_usage(self, before: int) -> None:
        """Drop the counts of days before that one."""

    async def count_accounts(self, most: int) -> int:
        """How many accounts there are; not counted further than ``most``."""

    async def used_bytes(self) -> int:
        """The size of the data, without space that is free for reuse."""
