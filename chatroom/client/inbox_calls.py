"""Calls on what the user has read, wants and blocks."""

from ..model import Level
from ..protocol import results
from ..protocol.calls import (
    BlockUser,
    FollowThread,
    GetInbox,
    GetThreads,
    ListBlocked,
    MarkRead,
    SetNotifications,
    UnblockUser,
    UnfollowThread,
)
from ..protocol.field_types import Bound, Cursor, Limit, RoomName, ThreadRoot, UserName
from .call_methods import CallMethods, optional


class InboxCalls(CallMethods):
    """Calls on what the user has read, wants and blocks."""

    async def get_inbox(
        self, *, after: str | None = None, limit: int = results.INBOX_PAGE
    ) -> results.Inbox:
        return await self.call(GetInbox(optional(Cursor, after), Limit(limit)))

    async def mark_read(
        self, room: str, seq: int, *, thread: int | None = None
    ) -> results.InboxEntry:
        """Move the read cursor of a room up to a seq.

        :param thread: move that of a followed thread instead.
        :raises InvalidParams: the user does not follow the thread.
        """
        return await self.call(MarkRead(RoomName(room), Bound(seq), optional(ThreadRoot, thread)))

    async def threads(
        self, room: str | None = None, *, after: str | None = None, limit: int = results.PAGE
    ) -> results.Threads:
        """Return the threads that the user follows, newest activity first."""
        call = GetThreads(optional(RoomName, room), optional(Cursor, after), Limit(limit))
        return await self.call(call)

    async def follow_thread(self, room: str, root: int) -> None:
        """Follow the thread below a message. Its present messages count as read."""
        await self.call(FollowThread(RoomName(room), ThreadRoot(root)))

    async def unfollow_thread(self, room: str, root: int) -> None:
        """Follow a thread no longer, until the user writes in it or is mentioned in it."""
        await self.call(UnfollowThread(RoomName(room), ThreadRoot(root)))

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
