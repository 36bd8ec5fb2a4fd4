"""Calls on what the user has read, wants and blocks."""

from ..model import Level
from ..protocol import results
from ..protocol.calls import (
    BlockUser,
    GetInbox,
    ListBlocked,
    MarkRead,
    SetNotifications,
    UnblockUser,
)
from ..protocol.field_types import Bound, Cursor, Limit, RoomName, UserName
from .call_methods import CallMethods, optional


class InboxCalls(CallMethods):
    """Calls on what the user has read, wants and blocks."""

    async def get_inbox(
        self, *, after: str | None = None, limit: int = results.INBOX_PAGE
    ) -> results.Inbox:
        return await self.call(GetInbox(optional(Cursor, after), Limit(limit)))

    async def mark_read(self, room: str, seq: int) -> results.InboxEntry:
        return await self.call(MarkRead(RoomName(room), Bound(seq)))

    async def set_notifications(self, room: str, level: Level) -> results.InboxEntry:
        return await self.call(SetNotifications(RoomName(room), level))

    async def block(self, user: str) -> None:
        """Refuse the user's direct messages and invitations from now on."""
        await self.call(BlockUser(UserName(user)))

    async def unblock(self, user: str) -> None:
        await self.call(UnblockUser(UserName(user)))

    async def list_blocked(
        self, *, after: str | None = None, limit: int = results.PAGE
    ) -> results.Blocked:
        return await self.call(ListBlocked(optional(Cursor, after), Limit(limit)))
