"""Push notifications: see :mod:`.push` and :mod:`.push_endpoints`."""

from collections.abc import Collection

from ...model import PushEndpoint
from ..push import ListedEndpoint, NotificationKey, Outcomes, PushUse, Reached, Turn, Waiting
from . import push, push_endpoints
from .database import SqlDatabase


class SqlPushStore(SqlDatabase):
    """Push notifications."""

    async def push_key(self) -> str:
        return await self._readers.read(push_endpoints.push_key)

    async def add_push_endpoint(
        self, endpoint: PushEndpoint, host: str, *, maximum: int
    ) -> Waiting | None:
        return await self._write(push_endpoints.add_push_endpoint, endpoint, host, maximum)

    async def remove_push_endpoint(self, user: str, url: str) -> None:
        await self._write(push_endpoints.remove_push_endpoint, user, url)

    async def push_endpoint(self, user: str, url: str) -> PushEndpoint | None:
        return await self._readers.read(push_endpoints.push_endpoint, user, url)

    async def push_endpoints(self, user: str, now: int) -> list[ListedEndpoint]:
        return await self._readers.read(push_endpoints.push_endpoints, user, now)

    async def push_use(self) -> PushUse:
        return await self._readers.read(push_endpoints.push_use)

    async def end_push_use(self) -> None:
        await self._write(push_endpoints.end_push_use)

    async def reached(
        self, room: str, thread: int | None, seq: int, after: str, limit: int
    ) -> tuple[list[Reached], str | None]:
        return await self._readers.read_long("", push.reached, room, thread, seq, after, limit)

    async def add_notifications(self, keys: Collection[NotificationKey]) -> int:
        return await self._write_for({key.room for key in keys}, push.add_notifications, keys)

    async def waiting_endpoints(self) -> list[Waiting]:
        return await self._readers.read_long("", push.waiting_endpoints)

    async def turn(self, endpoint: int, skipped: Collection[NotificationKey], now: int) -> Turn:
        return await self._readers.read_long(f"push {endpoint}", push.turn, endpoint, skipped, now)

    async def save_outcomes(self, outcomes: Outcomes) -> None:
        await self._write(push.save_outcomes, outcomes)
