"""What the server counts and tidies up: quotas, sizes, deleted rooms, the clock."""

from collections.abc import Collection

from ...clock import ClockState
from ..housekeeping import FileSize, RoomSize
from ..quotas import DayUsage
from . import clock, deleted_rooms, files, rooms, usage
from .database import SqlDatabase


class SqlOperatingStore(SqlDatabase):
    """What the server counts and tidies up: quotas, sizes, deleted rooms, the clock."""

    async def room_sizes(self, after: str, limit: int) -> list[RoomSize]:
        return await self._readers.read_long("", rooms.room_sizes, after, limit)

    async def file_sizes(self, after: str, limit: int) -> list[FileSize]:
        return await self._readers.read(files.file_sizes, after, limit)

    async def erase_retired(self, limit: int) -> bool:
        return await self._write(deleted_rooms.erase, limit)

    async def usage(self, day: int, after: str = "", limit: int = 10_000) -> list[DayUsage]:
        return await self._readers.read(usage.usage, day, after, limit)

    async def add_usage(self, day: int, counts: Collection[DayUsage]) -> None:
        await self._write(usage.add_usage, day, counts)

    async def forget_usage(self, before: int) -> None:
        await self._write(usage.forget_usage, before)

    async def count_accounts(self, limit: int) -> int:
        return await self._readers.read(usage.count_accounts, limit)

    async def clock_state(self) -> ClockState | None:
        return await self._readers.read(clock.clock_state)

    async def save_clock_state(self, state: ClockState) -> None:
        await self._write(clock.save_clock_state, state)
