"""Reads of a room's log: from the message cache if it holds all of it, else from the store."""

from ..hub.channel import Channel
from ..protocol.codec import message_size
from ..protocol.results import PAGE_BYTES
from ..store.paging import page_of, page_range, whole_page
from ..store.reactions import told_reactions
from ..store.room_log import Changes, Page, RoomLogStore
from .state import RoomState


class LogReader:
    """:param state: the room's committed state, with which the cache agrees."""

    def __init__(self, state: RoomState, channel: Channel, store: RoomLogStore) -> None:
        self._state = state
        self._channel = channel
        self._store = store

    async def page(
        self,
        limit: int,
        *,
        asker: str,
        before: int | None = None,
        after: int | None = None,
        around: int | None = None,
        at: int | None = None,
    ) -> Page:
        """Return a page of the log, from the message cache if it holds all of it and tells which
        reactions are the asker's.
        """
        state, cache = self._state, self._channel.messages
        span = page_range(state.log_head, limit, before=before, after=after, around=around)
        held = cache.between(span.low, span.high) if at is None else None
        own = None if held is None else told_reactions(held, asker)
        if held is not None and own is not None:
            if held.size <= PAGE_BYTES:
                return whole_page(state.log_head, span.low, span.high, held, own)
            return page_of(state.log_head, span, held, message_size, own)
        page = await self._store.page(
            state.name,
            limit,
            before=before,
            after=after,
            around=around,
            at=at,
            size=message_size,
            asker=asker,
        )
        if page.head_rev == state.log_head.head_rev and page.first_seq == state.log_head.first_seq:
            # The page is as new as the state, so the cache stays consistent.
            cache.extend(page.messages)
        return page

    async def changes(self, since: int, limit: int, *, asker: str) -> Changes:
        """Return a page of messages changed after the rev ``since``.

        After a short absence the last published events are enough; otherwise it reads the store.
        """
        log_head, cached = self._state.log_head, self._channel.events_since(since)
        if cached is not None:
            latest = {entry.message.seq: entry.message for entry in cached}
            messages = sorted(latest.values(), key=lambda message: message.rev)
            fits = len(messages) <= limit and sum(map(message_size, messages)) <= PAGE_BYTES
            kept = all(message.seq >= log_head.first_seq for message in messages)
            own = told_reactions(messages, asker)
            if fits and kept and own is not None:
                return Changes(
                    log_head.head_seq,
                    log_head.head_rev,
                    log_head.first_seq,
                    tuple(messages),
                    log_head.head_rev,
                    own_reactions=own,
                    version=log_head.version,
                )
        return await self._store.changes(
            self._state.name, since, limit, size=message_size, asker=asker
        )
