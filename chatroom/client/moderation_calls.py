"""Calls of moderators and owners on what others do."""

from ..protocol import results
from ..protocol.calls import Ban, DeleteMessagesOf, ListBans, ListMutes, Mute, Unban, Unmute
from ..protocol.field_types import Cursor, Limit, Reason, RoomName, Seq, Time, UserName
from .call_methods import CallMethods, optional


class ModerationCalls(CallMethods):
    """Calls of moderators and owners on what others do."""

    async def ban(
        self, room: str, user: str, *, until: int | None = None, reason: str | None = None
    ) -> None:
        """End a membership and forbid to join.

        :param until: the end, in ms since the epoch; by default the ban has none.
        """
        await self.call(
            Ban(RoomName(room), UserName(user), optional(Time, until), optional(Reason, reason))
        )

    async def unban(self, room: str, user: str) -> None:
        await self.call(Unban(RoomName(room), UserName(user)))

    async def mute(
        self, room: str, user: str, *, until: int | None = None, reason: str | None = None
    ) -> None:
        """Forbid someone to send and edit. ``until`` as for :meth:`ban`."""
        await self.call(
            Mute(RoomName(room), UserName(user), optional(Time, until), optional(Reason, reason))
        )

    async def unmute(self, room: str, user: str) -> None:
        await self.call(Unmute(RoomName(room), UserName(user)))

    async def list_bans(
        self, room: str, *, after: str | None = None, limit: int = results.PAGE
    ) -> results.Sanctions:
        """Return who is banned, by name, also those whose ban has ended by itself."""
        return await self.call(ListBans(RoomName(room), optional(Cursor, after), Limit(limit)))

    async def list_mutes(
        self, room: str, *, after: str | None = None, limit: int = results.PAGE
    ) -> results.Sanctions:
        """Return who is muted, as :meth:`list_bans`."""
        return await self.call(ListMutes(RoomName(room), optional(Cursor, after), Limit(limit)))

    async def delete_messages_of(self, room: str, user: str, since: int) -> int:
        """Delete what someone wrote since a time (ms), as a moderator, by as many calls as it
        takes. Returns the number of messages.
        """
        deleted, before = 0, None
        while True:
            swept = await self.call(
                DeleteMessagesOf(
                    RoomName(room),
                    UserName(user),
                    Time(since),
                    optional(Seq, before),
                )
            )
            deleted, before = deleted + swept.deleted, swept.next
            if before is None:
                return deleted
