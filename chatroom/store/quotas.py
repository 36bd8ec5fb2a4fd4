"""What quotas are counted by: each account's use of them, day by day."""

from collections.abc import Collection, Mapping
from typing import Protocol

import attrs

from .conditions import UsageKind


@attrs.frozen
class DayUsage:
    """Counts of one account's day, by kind."""

    user: str
    counts: Mapping[UsageKind, int]


class QuotaStore(Protocol):
    async def usage(self, day: int, after: str = "", limit: int = 10_000) -> list[DayUsage]:
        """The counts of that day, by account, those after ``after``; at most ``limit``."""

    async def add_usage(self, day: int, counts: Collection[DayUsage]) -> None:
        """Add to the counts of that day."""

    async def forget_usage(self, before: int) -> None:
        """Drop the counts of days before that one."""

    async def used_bytes(self) -> int:
        """The size of the data, without space that is free for reuse."""
