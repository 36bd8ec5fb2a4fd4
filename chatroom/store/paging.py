"""Pages of a log by seq: the range of a page, and how many messages fit. Pure."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

import attrs

from ..model import Message
from ..protocol.results import PAGE_BYTES
from .beside import NOTHING_BESIDE, Beside
from .room_log import Page

T = TypeVar("T")


@attrs.frozen
class LogHead:
    """The bounds of a room's log, and the version of the room at which they hold. The defaults are
    those of a room that does not exist."""

    head_seq: int = 0
    head_rev: int = 0
    first_seq: int = 1
    version: int = 0


@attrs.frozen
class PageRange:
    """``low`` and ``high`` are the first and last seq of a page. ``anchor`` is the seq to keep when
    the page is too large. An empty page has ``low == high + 1``, at the bound of the request."""

    low: int
    high: int
    anchor: int


def page_range(
    head: LogHead,
    limit: int,
    *,
    before: int | None = None,
    after: int | None = None,
    around: int | None = None,
) -> PageRange:
    """Return the range of a page of at most ``limit`` messages. The bounds are those of
    :meth:`.room_log.RoomLogStore.page`."""
    if after is not None:
        low = min(max(after + 1, head.first_seq), head.head_seq + 1)
        return PageRange(low, min(low + limit - 1, head.head_seq), low)
    if around is not None:
        middle = max(min(around, head.head_seq), head.first_seq)
        start = middle - limit // 2
        return PageRange(max(start, head.first_seq), min(start + limit - 1, head.head_seq), middle)
    high = head.head_seq if before is None else min(before - 1, head.head_seq)
    high = max(high, head.first_seq - 1)
    return PageRange(max(high - limit + 1, head.first_seq), high, high)


def page_of(
    head: LogHead,
    span: PageRange,
    messages: Sequence[Message],
    size: Callable[[Message], int],
) -> Page:
    """Return the page of ``messages``, all those in ``span``, by seq. Messages that exceed
    :data:`~chatroom.protocol.results.PAGE_BYTES` together, as ``size`` counts them, are left out at
    the end away from the anchor."""
    low, high = span.low, span.high
    if sum(map(size, messages)) > PAGE_BYTES:
        # Taken by distance from the anchor, so that the seqs of the page have no gap.
        nearest = sorted(messages, key=lambda message: abs(message.seq - span.anchor))
        messages = sorted(fitting(nearest, size), key=lambda message: message.seq)
        low, high = messages[0].seq, messages[-1].seq
    return whole_page(head, low, high, tuple(messages))


def whole_page(
    head: LogHead,
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
        more_before=low > head.first_seq,
        more_after=high < head.head_seq,
        beside=beside,
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
