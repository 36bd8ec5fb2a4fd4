"""Searches of one person, over the rooms of which they are a member.

The store judges membership in its snapshot. In the step that replies, the hub judges once more
(I5).
"""

import logging
from collections import deque
from typing import Protocol

import trio

from ..errors import Refused, StorageUnavailable, failed, unavailable
from ..hub.envelope import Envelope
from ..hub.hub import Hub
from ..protocol import results
from ..protocol.calls import SearchMessages
from ..protocol.codec import message_size
from ..search.query import parse
from ..store.access import AccessStore
from ..store.search import Position, Search, SearchPage, SearchStore

logger = logging.getLogger(__name__)


class SearchedStore(SearchStore, AccessStore, Protocol):
    """What a search reads."""


class Searcher:
    """The searches of one person are done one after the other, and answered in their order."""

    def __init__(self, user: str, store: SearchedStore, hub: Hub) -> None:
        self._user = user
        self._store = store
        self._hub = hub
        self._waiting: deque[Envelope[SearchMessages]] = deque()
        self._working = False

    def handle(self, envelope: Envelope[SearchMessages], nursery: trio.Nursery) -> None:
        """Search, and send one reply, without delaying other work of the inbox."""
        self._waiting.append(envelope)
        if not self._working:
            self._working = True
            nursery.start_soon(self._work)

    async def _work(self) -> None:
        try:
            while self._waiting:
                envelope = self._waiting.popleft()
                found: results.Found | Refused = failed()
                try:
                    found = await self._search(envelope.call)
                except Refused as refused:
                    found = refused
                except StorageUnavailable as error:
                    found = unavailable(error)
                except Exception:
                    logger.exception("a search failed", extra={"user": self._user})
                finally:
                    self._hub.reply(envelope.reply_to, found)
        finally:
            # Also if the inbox fails, which cancels this task.
            self._working = False
            while self._waiting:
                self._hub.reply(self._waiting.popleft().reply_to, failed())

    async def _search(self, call: SearchMessages) -> results.Found:
        """:raises Refused: the call cannot be answered."""
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
        outsider = Refused("not_found", "room: there is no such room")
        if access.room is not None and access.room.visibility == "public":
            outsider = Refused("forbidden", "room: join it first")
        if not access.is_member:
            raise outsider
        page = await self._store.search(search, message_size)
        if not self._follows(call.room):
            raise outsider
        return self._shown(page)

    def _shown(self, page: SearchPage) -> results.Found:
        """Convert a page. Whoever has left a room since it was read does not get its messages."""
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
        return self._hub.follows(self._user, room)
