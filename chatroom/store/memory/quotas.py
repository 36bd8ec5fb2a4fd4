"""The part of the store in memory that keeps blocks and what quotas are counted by."""

from collections import Counter
from collections.abc import Collection

import trio

from ...model import SendReceipt, User
from ..conditions import (
    NO_CONTEXT,
    Context,
    Usage,
    UsageKind,
)
from ..housekeeping import RoomSize
from ..quotas import DayUsage
from ..room_log import Batch
from .accounts import MemoryAccounts
from .log import Log


class MemoryQuotas(MemoryAccounts):
    def __init__(self) -> None:
        super().__init__()
        self._logs: dict[str, Log] = {}
        self._originals: dict[tuple[str, str], SendReceipt] = {}
        self._creators: dict[str, str] = {}
        # Rooms that were deleted, and whether their messages are still there.
        self._retired: dict[str, bool] = {}
        self._blocks: dict[str, set[str]] = {}
        self._usage: dict[int, dict[str, Counter[UsageKind]]] = {}

    # ---- rooms, for operators

    async def room_sizes(self, after: str, limit: int) -> list[RoomSize]:
        await trio.lowlevel.checkpoint()
        return [
            RoomSize(
                name,
                log.room.kind,
                log.room.visibility,
                log.room.members,
                len(log.messages),
                sum(len(message.text.encode()) for message in log.messages.values()),
                log.room.last_timestamp if log.room.head_seq else log.room.created_at,
            )
            for name, log in sorted(self._logs.items())
            if name > after
        ][:limit]

    async def erase_retired(self, most: int) -> bool:
        await trio.lowlevel.checkpoint()
        left = sorted(room for room, there in self._retired.items() if there)
        for room in left[:1]:
            self._originals = {k: o for k, o in self._originals.items() if o.room != room}
            self._retired[room] = False
        return bool(left)

    # ---- blocks

    async def set_blocked(self, user: str, other: str, at: int, *, most: int | None) -> str | None:
        await trio.lowlevel.checkpoint()
        theirs = self._blocks.setdefault(user, set())
        if other not in self._accounts:
            return "not_found"
        if other not in theirs and most is not None and len(theirs) >= most:
            return "quota_exceeded"
        theirs.add(other)
        return None

    async def unset_blocked(self, user: str, other: str) -> None:
        await trio.lowlevel.checkpoint()
        self._blocks.get(user, set()).discard(other)

    async def blocked(self, user: str, after: str, limit: int) -> list[User]:
        await trio.lowlevel.checkpoint()
        names = sorted(name for name in self._blocks.get(user, ()) if name > after)
        return [self._user(name) for name in names[:limit]]

    # ---- quotas

    def _context(self, batch: Batch) -> Context:
        wanted = batch.wanted
        if wanted is None:
            return NO_CONTEXT
        return Context(
            blocks=frozenset(
                (user, other)
                for user, other in wanted.blocks
                if other in self._blocks.get(user, ())
            ),
            acquainted=frozenset(
                pair
                for pair in wanted.pairs
                if any(log.members.keys() >= set(pair) for log in self._logs.values())
            ),
            usage={user: self._used(user, wanted.day) for user in self._existing(wanted.accounts)},
            retired=wanted.retired and batch.room in self._retired,
        )

    def _used(self, user: str, day: int) -> Usage:
        kinds = Counter(log.room.kind for log in self._logs.values() if user in log.members)
        made = sum(creator == user for creator in self._creators.values())
        today = self._usage.get(day, {}).get(user, Counter())
        created_at = self._accounts[user].created_at
        return Usage(created_at, kinds["room"], kinds["direct"], made, dict(today))

    async def usage(self, day: int, after: str = "", limit: int = 10_000) -> list[DayUsage]:
        await trio.lowlevel.checkpoint()
        users = sorted(user for user in self._usage.get(day, {}) if user > after)
        return [DayUsage(user, dict(self._usage[day][user])) for user in users[:limit]]

    async def add_usage(self, day: int, counts: Collection[DayUsage]) -> None:
        await trio.lowlevel.checkpoint()
        for each in counts:
            self._count(day, each)

    def _count(self, day: int, counted: DayUsage) -> None:
        theirs = self._usage.setdefault(day, {}).setdefault(counted.user, Counter())
        theirs.update(counted.counts)

    async def forget_usage(self, before: int) -> None:
        await trio.lowlevel.checkpoint()
        self._usage = {day: usage for day, usage in self._usage.items() if day >= before}

    async def count_accounts(self, most: int) -> int:
        await trio.lowlevel.checkpoint()
        return min(len(self._accounts), most)

    async def used_bytes(self) -> int:
        await trio.lowlevel.checkpoint()
        texts = (m.text for log in self._logs.values() for m in log.messages.values())
        return sum(len(text.encode()) for text in texts)
