"""Searches of one person, over the rooms of which they are a member.

The store judges membership in its snapshot. In the step that replies, the hub judges once more
(I5).
"""

from typing import Final, Protocol

from ..errors import Refused
from ..hub.envelope import Envelope
from ..hub.hub import Hub
from ..protocol import results
from ..protocol.calls import SearchMessages
from ..protocol.codec import message_size
from ..search.query import parse
from ..store.access import AccessStore
from ..store.search import Position, Search, SearchPage, SearchStore
from .ordered_calls import OrderedCalls
from .outsiders import outsider


class SearchedStore(SearchStore, AccessStore, Protocol):
    """What a search reads."""


class Searcher:
    """The searches of one person, in order of arrival."""

    calls: Final = (SearchMessages,)

    def __init__(self, user: str, store: SearchedStore, hub: Hub) -> None:
        self._user = user
        self._store = store
        self._hub = hub
        self.handle: Final = OrderedCalls(user, "searches", hub, self._search).handle

    async def _search(self, envelope: Envelope[SearchMessages]) -> results.Found:
        """:raises Refused: the call cannot be answered."""
        call = envelope.call
        search = Search(
            user=self._user,
            phrases=parse(call.query),
            limit=call.limit,
            room=call.room,
            sender=call.sender,
            before=call.before,
            after=call.after,
            has=call.has,
            since=None if call.cursor is None else Position.of_cursor(call.cursor),
        )
        if not search.phrases:
            raise Refused("invalid_params", "query: must have a letter, a digit or a symbol")
        if call.room is None:
            return self._shown(await self._store.search(search, message_size))
        access = await self._store.room_access(call.room, self._user, None)
        if not access.is_member:
            raise outsider(access.room)
        page = await self._store.search(search, message_size)
        if not self._follows(call.room):
            raise outsider(access.room)
        return self._shown(page)

    def _shown(self, page: SearchPage) -> results.Found:
        """Convert a page. Leave out messages of rooms that the person has left since the read."""
        kept = [
            (message, tuple(results.TextRange(start, end) for start, end in ranges))
            for message, ranges in zip(page.messages, page.ranges, strict=True)
            if self._follows(message.room)
        ]
        return results.Found(
            messages=tuple(message for message, _ in kept),
            ranges=tuple(ranges for _, ranges in kept),
            pending=page.pending,
            next=None if page.next is None else page.next.cursor(),
        )

    def _follows(self, room: str) -> bool:
        return self._hub.inboxes.follows(self._user, room)
