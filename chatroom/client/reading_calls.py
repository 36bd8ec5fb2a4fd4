"""Calls that read messages."""

from ..model import Has, Message
from ..protocol import results
from ..protocol.calls import (
    GetHistory,
    GetMentions,
    GetMessage,
    GetUnread,
    ListPins,
    ListReactions,
    SearchMessages,
)
from ..protocol.field_types import Bound, Cursor, Limit, RoomName, SearchQuery, Seq, Time, UserName
from .call_methods import CallMethods, optional


class ReadingCalls(CallMethods):
    """Calls that read messages."""

    async def get_message(self, room: str, seq: int) -> Message:
        return (await self.call(GetMessage(RoomName(room), Seq(seq)))).message

    async def history(
        self,
        room: str,
        *,
        before: int | None = None,
        after: int | None = None,
        around: int | None = None,
        at: int | None = None,
        thread: int | None = None,
        whole: bool = False,
        limit: int = results.PAGE,
    ) -> results.History:
        """Return a page of the main log by seq, or around a time (ms); without a bound, the latest.

        :param thread: the root of a thread, to read that.
        :param whole: read all messages, those in threads too.
        """
        return await self.call(
            GetHistory(
                RoomName(room),
                optional(Bound, before),
                optional(Bound, after),
                optional(Bound, around),
                Limit(limit),
                optional(Time, at),
                optional(Seq, thread),
                whole,
            )
        )

    async def unread(self, room: str, *, limit: int = results.PAGE) -> results.History:
        return await self.call(GetUnread(RoomName(room), Limit(limit)))

    async def mentions(
        self, *, after: str | None = None, limit: int = results.PAGE
    ) -> results.Mentions:
        """Return messages of all rooms that mention the user or everyone, newest first."""
        return await self.call(GetMentions(optional(Cursor, after), Limit(limit)))

    async def search(
        self,
        query: str,
        *,
        room: str | None = None,
        sender: str | None = None,
        before: int | None = None,
        after: int | None = None,
        has: Has | None = None,
        limit: int = results.PAGE,
        cursor: str | None = None,
    ) -> results.Found:
        """Return messages of my rooms that have all words of the query, newest first.

        A word finds words that begin with it; ``"what is in quotes"`` is found as it is.
        ``found.next`` is the ``cursor`` of the next page, None at the end. A page may be empty
        before that.

        :param before: a time in ms, exclusive like ``after``.
        """
        return await self.call(
            SearchMessages(
                SearchQuery(query),
                room=optional(RoomName, room),
                sender=optional(UserName, sender),
                before=optional(Time, before),
                after=optional(Time, after),
                has=has,
                limit=Limit(limit),
                cursor=optional(Cursor, cursor),
            )
        )

    async def list_reactions(
        self, room: str, seq: int, *, after: str | None = None, limit: int = results.PAGE
    ) -> results.Reactions:
        """Return who reacted to a message. The message itself names the first ten of each emoji."""
        call = ListReactions(RoomName(room), Seq(seq), optional(Cursor, after), Limit(limit))
        return await self.call(call)

    async def list_pins(
        self, room: str, *, after: str | None = None, limit: int = results.PAGE
    ) -> results.Pins:
        """Return the pinned messages, the last pinned first."""
        return await self.call(ListPins(RoomName(room), optional(Cursor, after), Limit(limit)))
