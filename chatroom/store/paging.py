"""Pages of a log by seq: which messages lie in one, and how many of them fit. Pure."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

import attrs

from ..model import Message
from ..protocol.results import PAGE_BYTES
from .room_log import Page

T = TypeVar("T")


@attrs.frozen
class LogHead:
    """Where a room's log stands; that of a room that does not exist has nothing."""

    head_seq: int = 0
    head_rev: int = 0
    first_seq: int = 1


@attrs.frozen
class PageRange:
    """First and last seq of a page, and the one to keep if it gets too big. An empty page lies at
    the bound that it was asked for: its first is one more than its last."""

    low: int
    high: int
    anchor: int


def bounds(
    stand: LogHead,
    limit: int,
    *,
    before: int | None = None,
    after: int | None = None,
    around: int | None = None,
) -> PageRange:
    if after is not None:
        low = min(max(after + 1, stand.first_seq), stand.head_seq + 1)
        return PageRange(low, min(low + limit - 1, stand.head_seq), low)
    if around is not None:
        middle = max(min(around, stand.head_seq), stand.first_seq)
        start = middle - limit // 2
        return PageRange(
            max(start, stand.first_seq), min(start + limit - 1, stand.head_seq), middle
        )
    high = stand.head_seq if before is None else min(before - 1, stand.head_seq)
    high = max(high, stand.first_seq - 1)
    return PageRange(max(high - limit + 1, stand.first_seq), high, high)


def page_of(
    stand: LogHead, place: PageRange, messages: Sequence[Message], size: Callable[[Message], int]
) -> Page:
    """``messages`` are all that lie there, by seq; ``size`` is what each takes of a page."""
    low, high = place.low, place.high
    if sum(map(size, messages)) > PAGE_BYTES:
        # What is nearest to the anchor stays when it is too much: an unbroken piece around it.
        nearest = sorted(messages, key=lambda message: abs(message.seq - place.anchor))
        messages = sorted(fitting(nearest, size), key=lambda message: message.seq)
        low, high = messages[0].seq, messages[-1].seq
    return Page(
        head_seq=stand.head_seq,
        head_rev=stand.head_rev,
        first_seq=stand.first_seq,
        messages=tuple(messages),
        more_before=low > stand.first_seq,
        more_after=high < stand.head_seq,
    )


def fitting(items: Iterable[T], size: Callable[[T], int]) -> Iterator[T]:
    """As many as a page may hold, always one."""
    total = 0
    for number, item in enumerate(items):
        total += size(item)
        if number and total > PAGE_BYTES:
            return
        yield item
