"""Queries of a room's log: pages by seq, pages by rev, and what to prune.

They select by key range, never by offset, and never count messages: from ``first_seq`` on seqs have
no gaps, so the range of a page follows from its bounds. Each function runs in a read transaction.
"""

import itertools
from bisect import bisect_left
from collections.abc import Callable, Iterable
from typing import Final, Literal

import attrs

from ...model import Message
from ..beside import NOTHING_BESIDE, Beside
from ..paging import (
    LogHead,
    fitting,
    page_of,
    page_range,
)
from ..room_log import LATEST, Bounds, Changes, Page, Pins, Posts, Written, text_size
from .beside import find_beside
from .connection import Connection
from .log_parts import MainLog, Part, ThreadPart, WholeLog
from .rows import MESSAGE, Columns

MAX_SEARCHED: Final = 10_000
"""Messages among which one call searches for those of a user: some 5 ms."""
MAX_WINDOWS: Final = 50
"""Windows of revs that one call searches before it returns an empty page."""


MAX_REV: Final = 2**63 - 1
_HEAD: Final = Columns(LogHead)
"""Columns of ``rooms``."""


def log_head(connection: Connection, room: str) -> LogHead:
    row = connection.execute(
        f"SELECT {_HEAD} FROM rooms WHERE name = :room", {"room": room}
    ).fetchone()
    return _HEAD.value(row) if row else LogHead()


def page(
    connection: Connection,
    room: str,
    limit: int,
    bounds: Bounds = LATEST,
    *,
    size: Callable[[Message], int] = text_size,
    user: str = "",
) -> Page:
    head = log_head(connection, room)
    part: Part
    if bounds.thread is not None:
        part = ThreadPart.of(connection, room, bounds.thread)
    elif bounds.whole or not head.threaded:
        part = WholeLog(connection, room, head.whole)
    else:
        part = MainLog(connection, room, head.main, head.pruned_threaded)
    before, after, around = bounds.before, bounds.after, bounds.around
    if bounds.at is not None:
        around = first_not_before(connection, room, "timestamp", bounds.at)
    span = page_range(
        part.places,
        limit,
        before=None if before is None else part.place_of(before - 1) + 1,
        after=None if after is None else part.place_of(after),
        around=None if around is None else part.place_of(around - 1) + 1,
    )
    messages = part.messages(span.low, span.high)
    found = page_of(head, part.places, span, messages, size)
    return attrs.evolve(found, beside=find_beside(connection, room, user, found.messages))


def first_not_before(
    connection: Connection,
    room: str,
    column: Literal["timestamp", "id"],
    value: int,
) -> int:
    """Return the seq of the first message whose column is at least ``value``; that after the head
    if there is none. Both columns never decrease with seq.
    """
    log = log_head(connection, room)

    def key(seq: int) -> int:
        (found,) = connection.execute(
            f"SELECT {column} FROM messages WHERE room = :room AND seq = :seq",
            {"room": room, "seq": seq},
        ).fetchone()
        return int(found)

    seqs = range(log.first_seq, log.head_seq + 1)
    return log.first_seq + bisect_left(seqs, value, key=key)


def pins(
    connection: Connection,
    room: str,
    before: int | None,
    limit: int,
    size: Callable[[Message], int] = text_size,
    user: str = "",
) -> Pins:
    rows = connection.execute(
        f"""
        SELECT p.rev, {MESSAGE.of("m")} FROM pins AS p
        JOIN messages_now AS m ON m.room = p.room AND m.seq = p.seq
        WHERE p.room = :room AND p.rev < :before ORDER BY p.rev DESC LIMIT :limit
        """,
        {"room": room, "before": MAX_REV if before is None else before, "limit": limit + 1},
    ).fetchall()
    found = [(rev, MESSAGE.value(row)) for rev, *row in rows]
    page = list(fitting(found[:limit], lambda pin: size(pin[1])))
    messages = [message for _, message in page]
    return Pins(
        messages=tuple(messages),
        next=page[-1][0] if len(page) < len(found) else None,
        version=log_head(connection, room).version,
        beside=find_beside(connection, room, user, messages),
    )


def written_by(
    connection: Connection,
    room: str,
    user: str,
    since: int,
    before: int | None,
    limit: int,
) -> Written:
    head = log_head(connection, room)
    end = head.head_seq + 1 if before is None else min(before, head.head_seq + 1)
    # A room's timestamps do not decrease.
    rows = connection.execute(
        """
        SELECT seq, sender = :user AND NOT deleted FROM messages
        WHERE room = :room AND seq < :end AND seq >= :start AND timestamp >= :since
        ORDER BY seq DESC
        """,
        {
            "room": room,
            "user": user,
            "end": end,
            "start": max(end - MAX_SEARCHED, head.first_seq),
            "since": since,
        },
    )
    seqs: list[int] = []
    last = end
    for last, theirs in rows:
        if theirs:
            seqs.append(last)
            if len(seqs) == limit:
                break
    else:
        if end - last < MAX_SEARCHED:
            return Written(tuple(seqs))
    return Written(tuple(seqs), last if last > head.first_seq else None)


def changes(
    connection: Connection,
    room: str,
    since: int,
    limit: int,
    size: Callable[[Message], int] = text_size,
    user: str = "",
) -> Changes:
    log = log_head(connection, room)
    seq = _seq_at(connection, room, log, since)
    if (skipped := _skipped(connection, room, log, since, seq)) is not None:
        return _changes(log, [], skipped, pruned=True)
    for _ in range(MAX_WINDOWS):
        end = min(since + limit, log.head_rev)
        end_seq = _seq_at(connection, room, log, end)
        found = _window(connection, room, (since, end), (seq, end_seq))
        if found or end == log.head_rev:
            break
        # All messages of this window were changed again later, so they belong to later windows.
        since, seq = end, end_seq
    messages = list(fitting(found, size))
    if len(messages) < len(found):
        end = messages[-1].rev
    return _changes(log, messages, end, find_beside(connection, room, user, messages))


def _changes(
    log: LogHead,
    messages: Iterable[Message],
    next_rev: int,
    beside: Beside = NOTHING_BESIDE,
    *,
    pruned: bool = False,
) -> Changes:
    return Changes(
        head_seq=log.head_seq,
        head_rev=log.head_rev,
        first_seq=log.first_seq,
        messages=tuple(messages),
        next_rev=next_rev,
        pruned=pruned,
        beside=beside,
        version=log.version,
    )


def posts(connection: Connection, room: str, since: int, limit: int, young: range) -> Posts:
    """Return messages that were posted after rev ``since``. See :class:`..room_log.Posts`.

    :param young: times of messages that are too young.
    """
    log = log_head(connection, room)
    seq = _seq_at(connection, room, log, since)
    if (skipped := _skipped(connection, room, log, since, seq)) is not None:
        return Posts(_changes(log, [], skipped, pruned=True))
    rows = connection.execute(
        f"""
        SELECT m.rev, {MESSAGE.of("n")} FROM messages AS m
        JOIN messages_now AS n ON n.room = m.room AND n.seq = m.seq
        WHERE m.room = :room AND m.seq > :seq AND m.seq <= :last ORDER BY m.seq
        """,
        {"room": room, "seq": seq, "last": seq + limit},
    ).fetchall()
    messages: list[Message] = []
    for posted, *row in rows:
        message = MESSAGE.value(row)
        if message.timestamp in young:
            return Posts(_changes(log, messages, posted - 1), message.timestamp)
        messages.append(message)
    next_rev = rows[-1][0] if len(rows) == limit else log.head_rev
    return Posts(_changes(log, messages, next_rev))


def _seq_at(connection: Connection, room: str, log: LogHead, rev: int) -> int:
    """Return the room's head seq when its revision was ``rev``: ``rev`` minus the number of changes
    up to it."""
    later = connection.execute(
        "SELECT ordinal FROM changes WHERE room = :room AND rev > :rev ORDER BY rev LIMIT 1",
        {"room": room, "rev": rev},
    ).fetchone()
    return rev - (later[0] - 1 if later else log.head_rev - log.head_seq)


def _skipped(connection: Connection, room: str, log: LogHead, since: int, seq: int) -> int | None:
    """Return None if no message that was posted after rev ``since`` is pruned. Otherwise return the
    rev before that of the first unpruned message. All revs up to it belong to pruned messages.

    :param seq: the head seq at rev ``since``. It is too low in a damaged log that lacks changes.
    """
    if seq + 1 >= log.first_seq:
        return None
    first = connection.execute(
        "SELECT rev FROM messages WHERE room = :room AND seq = :seq",
        {"room": room, "seq": log.first_seq},
    ).fetchone()
    rev: int = first[0] - 1 if first else log.head_rev
    return rev if rev > since else None


def _window(
    connection: Connection, room: str, revs: tuple[int, int], seqs: tuple[int, int]
) -> list[Message]:
    """Return the messages with a rev in ``(revs[0], revs[1]]``, by rev.

    ``seqs`` is the range ``(seqs[0], seqs[1]]`` of the messages posted in that window. A message
    that was changed after the window has a later rev, and appears in a later window.
    """
    where = {
        "room": room,
        "since": revs[0],
        "end": revs[1],
        "since_seq": seqs[0],
        "end_seq": seqs[1],
    }
    posted = connection.execute(
        f"""
        SELECT {MESSAGE} FROM messages_now
        WHERE room = :room AND seq > :since_seq AND seq <= :end_seq AND rev <= :end
        """,
        where,
    )
    changed = connection.execute(
        f"""
        SELECT {MESSAGE.of("m")} FROM changes AS c
        JOIN messages_now AS m ON m.room = c.room AND m.seq = c.seq AND m.rev = c.rev
        WHERE c.room = :room AND c.rev > :since AND c.rev <= :end AND m.posted_rev <= :since
        """,
        where,
    )
    found = map(MESSAGE.value, itertools.chain(posted.fetchall(), changed.fetchall()))
    return sorted(found, key=lambda message: message.rev)
