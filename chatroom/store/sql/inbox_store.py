"""What one person has: inbox, rooms, mentions, blocks."""

from collections.abc import Callable

from ...model import InboxRoom, Message, User
from ..inboxes import MentionList, RoomList
from ..room_log import text_size
from ..threads import ThreadList
from . import blocks, inbox, mentions, rooms, thread_log
from .database import SqlDatabase


class SqlInboxStore(SqlDatabase):
    """What one person has: inbox, rooms, mentions, blocks."""

    async def inbox(self, user: str, room: str | None = None) -> list[InboxRoom]:
        return await self._readers.read(inbox.inbox, user, room)

    async def rooms(self, user: str, query: str | None, after: str, limit: int) -> RoomList:
        return await self._readers.read_long(user, rooms.rooms, user, query, after, limit)

    async def mentions(
        self,
        user: str,
        before: int | None,
        limit: int,
        *,
        size: Callable[[Message], int] = text_size,
    ) -> MentionList:
        return await self._readers.read_long(user, mentions.mentions, user, before, limit, size)

    async def threads(
        self, user: str, room: str | None, after: tuple[int, str, int] | None, limit: int
    ) -> ThreadList:
        return await self._readers.read_long(user, thread_log.threads, user, room, after, limit)

    async def set_blocked(
        self, user: str, other: str, at: int, *, maximum: int | None
    ) -> str | None:
        return await self._write(blocks.set_blocked, user, other, at, maximum)

    async def unset_blocked(self, user: str, other: str) -> None:
        await self._write(blocks.unset_blocked, user, other)

    async def blocked(self, user: str, after: str, limit: int) -> list[User]:
        return await self._readers.read(blocks.blocked, user, after, limit)
