"""Pages of a log: the range of a page, and how many messages fit. Pure.

A page is a range of places, which are dense in each part of a log: the main log, and each thread.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

import attrs

from ..model import Message
from ..protocol.results import PAGE_BYTES
from .beside import NOTHING_BESIDE, Beside
from .room_log import Page

T = TypeVar("T")


@attrs.frozen
class Places:
    """The places of the messages that are left in a log or a part of it: from 1, dense."""

    first: int
    last: int


@attrs.frozen
class LogHead:
    """The bounds of a room's log, and the version of the room at which they hold. The defaults are
    those of a room that does not exist."""

    head_seq: int = 0
    head_rev: int = 0
    first_seq: int = 1
    threaded: int = 0
    pruned_threaded: int = 0
    version: int = 0

    @property
    def whole(self) -> Places:
        """The places of all messages: their seqs."""
        return Places(self.first_seq, self.head_seq)

    @property
    def main(self) -> Places:
        """The places of the main log: the seqs minus the number of messages in threads before."""
        return Places(self.first_seq - self.pruned_threaded, self.head_seq - self.threaded)


@attrs.frozen
class PageRange:
    """``low`` and ``high`` are the first and last place of a page. ``anchor`` is the place to keep
    when the page is too large. An empty page has ``low == high + 1``, at the bound of the
    request."""

    low: int
    high: int
    anchor: int


def page_range(
    places: Places,
    limit: int,
    *,
    before: int | None = None,
    after: int | None = None,
    around: int | None = None,
) -> PageRange:
    """Return the range of a page of at most ``limit`` messages. The bounds are places, else those
    of :meth:`.room_log.RoomLogStore.page`."""
    if after is not None:
        low = min(max(after + 1, places.first), places.last + 1)
        return PageRange(low, min(low + limit - 1, places.last), low)
    if around is not None:
        middle = max(min(around, places.last), places.first)
        start = middle - limit // 2
        return PageRange(max(start, places.first), min(start + limit - 1, places.last), middle)
    high = places.last if before is None else min(before - 1, places.last)
    high = max(high, places.first - 1)
    return PageRange(max(high - limit + 1, places.first), high, high)


def page_of(
    head: LogHead,
    places: Places,
    span: PageRange,
    messages: Sequence[Message],
    size: Callable[[Message], int],
) -> Page:
    """Return the page of ``messages``, all those in ``span``. Messages that exceed
    :data:`~chatroom.protocol.results.PAGE_BYTES` together, as ``size`` counts them, are left out at
    the end away from the anchor."""
    low, high = span.low, span.high
    if sum(map(size, messages)) > PAGE_BYTES:
        # Taken by distance from the anchor, so that the places of the page have no gap.
        anchor = span.anchor - low
        nearest = sorted(range(len(messages)), key=lambda index: abs(index - anchor))
        kept = sorted(fitting(nearest, lambda index: size(messages[index])))
        messages = [messages[index] for index in kept]
        low, high = low + kept[0], low + kept[-1]
    return whole_page(head, places, low, high, tuple(messages))


def whole_page(
    head: LogHead,
    places: Places,
    low: int,
    high: int,
    messages: tuple[Message, ...],
    beside: Beside = NOTHING_BESIDE,
) -> Page:
    """Return the page of ``messages``: all those from ``low`` to ``high``, which fit into it."""
    return Page(
        head_seq=head.head_seq,
        head_rev=head.head_rev,
        first_seq=head.first_seq,
        messages=messages,
        more_before=low > places.first,
        more_after=high < places.last,
        beside=beside,
        low=low,
        version=head.version,
    )


def fitting(items: Iterable[T], size: Callable[[T], int]) -> Iterator[T]:
    """Yield items from the start while they fit into a page, but at least one."""
    total = 0
    for number, item in enumerate(items):
        total += size(item)
        if number and total > PAGE_BYTES:
            return
        yield item
