"""Reads of a room's log: from the message cache if it holds all of it, else from the store."""

from collections.abc import Collection

import attrs

from ..hub.channel import Channel
from ..model import Message
from ..protocol.codec import message_size
from ..protocol.results import PAGE_BYTES
from ..store.beside import Beside, told_beside
from ..store.paging import page_of, page_range, whole_page
from ..store.room_log import LATEST, Bounds, Changes, Page, RoomLogStore
from .state import RoomState


class LogReader:
    """:param state: the room's committed state, with which the cache agrees."""

    def __init__(self, state: RoomState, channel: Channel, store: RoomLogStore) -> None:
        self._state = state
        self._channel = channel
        self._store = store

    async def page(self, limit: int, asker: str, bounds: Bounds = LATEST) -> Page:
        """Return a page of the log, from the message cache if possible."""
        held = self.cached_page(limit, asker, bounds)
        if held is not None:
            return held
        state = self._state
        page = await self._store.page(state.name, limit, bounds, size=message_size, asker=asker)
        head = state.log_head
        is_main = bounds.thread is None and not (bounds.whole and head.threaded)
        if is_main and page.head_rev == head.head_rev and page.first_seq == head.first_seq:
            # The page is as new as the state, so the cache stays consistent.
            self._channel.messages.extend(page.messages, page.low, page.beside.threads)
        return page

    def cached_page(self, limit: int, asker: str, bounds: Bounds = LATEST) -> Page | None:
        """Return a page of the log; None if the message cache does not hold all of it and of what
        stands beside it.
        """
        head = self._state.log_head
        if bounds.at is not None or bounds.thread is not None or (bounds.whole and head.threaded):
            return None
        before, after, around = bounds.before, bounds.after, bounds.around
        if head.threaded and not (before is after is around is None):
            before, after, around = self._places(before, after, around)
            if before is after is around is None:
                return None
        places = head.main
        span = page_range(places, limit, before=before, after=after, around=around)
        held = self._channel.messages.between(span.low, span.high)
        beside = None if held is None else self._beside(held, asker)
        if held is None or beside is None:
            return None
        if held.size <= PAGE_BYTES:
            return whole_page(head, places, span.low, span.high, held, beside)
        page = page_of(head, places, span, held, message_size)
        return attrs.evolve(page, beside=self._beside(page.messages, asker) or beside)

    def _places(
        self, before: int | None, after: int | None, around: int | None
    ) -> tuple[int | None, int | None, int | None]:
        """Return the places of bounds, which are seqs; None for each that is unknown."""
        place_of = self._channel.messages.place_of

        def first_from(seq: int | None) -> int | None:
            place = None if seq is None else place_of(seq - 1)
            return None if place is None else place + 1

        return first_from(before), None if after is None else place_of(after), first_from(around)

    def _beside(self, messages: Collection[Message], asker: str) -> Beside | None:
        first_seq, held = self._state.log_head.first_seq, self._channel.messages
        return told_beside(messages, asker, first_seq, held.find, held.threads)

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
            if log_head.threaded:  # are the threads below all of them known?
                find = self._channel.messages.find
                kept &= all(each.thread or find(each.seq) for each in messages)
            beside = self._beside(messages, asker)
            if fits and kept and beside is not None:
                return Changes(
                    log_head.head_seq,
                    log_head.head_rev,
                    log_head.first_seq,
                    tuple(messages),
                    log_head.head_rev,
                    beside=beside,
                    version=log_head.version,
                )
        return await self._store.changes(
            self._state.name, since, limit, size=message_size, asker=asker
        )
