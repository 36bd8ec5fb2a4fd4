"""Counts behind quotas: each account's usage, by day."""

from collections.abc import Collection, Mapping
from typing import Protocol

import attrs

from .conditions import UsageKind


@attrs.frozen
class DayUsage:
    """One account's counts of one day, by kind."""

    user: str
    counts: Mapping[UsageKind, int]


class QuotaStore(Protocol):
    async def usage(self, day: int, after: str = "", limit: int = 10_000) -> list[DayUsage]:
        """Return the counts of a day, for up to ``limit`` accounts after ``after``, by name."""

    async def add_usage(self, day: int, counts: Collection[DayUsage]) -> None:
        """Add ``counts`` to those of a day."""

    async def forget_usage(self, before: int) -> None:
        """Delete the counts of days earlier than ``before``."""

    async def used_bytes(self) -> int:
        """Return the size of the data in bytes, without space that is free for reuse."""
