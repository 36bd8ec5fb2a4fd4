"""Reads of a room's log: pages by seq, pages by rev, and what may be pruned.

Always by key range, never by offset, and never counting messages: above ``first_seq`` seqs have no
holes, so where a page lies is known from its bounds. Each function runs in a read transaction.
"""

import itertools
import sqlite3
from collections.abc import Callable, Iterable
from typing import Final

from ...model import Message
from ..paging import (
    LogHead,
    bounds,
    fitting,
    page_of,
)
from ..room_log import Changes, Page, text_size
from .rows import MESSAGE, Columns

WINDOWS: Final = 50
"""How many windows of revs one call looks through before it returns an empty page."""


_HEAD: Final = Columns(LogHead)
"""Of ``rooms``."""


def _stand(connection: sqlite3.Connection, room: str) -> LogHead:
    row = connection.execute(
        f"SELECT {_HEAD} FROM rooms WHERE name = :room", {"room": room}
    ).fetchone()
    return _HEAD.value(row) if row else LogHead()


def page(
    connection: sqlite3.Connection,
    room: str,
    limit: int,
    *,
    before: int | None = None,
    after: int | None = None,
    around: int | None = None,
    size: Callable[[Message], int] = text_size,
) -> Page:
    stand = _stand(connection, room)
    place = bounds(stand, limit, before=before, after=after, around=around)
    rows = connection.execute(
        f"""
        SELECT {MESSAGE} FROM messages_now
        WHERE room = :room AND seq BETWEEN :low AND :high ORDER BY seq
        """,
        {"room": room, "low": place.low, "high": place.high},
    ).fetchall()
    return page_of(stand, place, [MESSAGE.value(row) for row in rows], size)


def changes(
    connection: sqlite3.Connection,
    room: str,
    since: int,
    limit: int,
    size: Callable[[Message], int] = text_size,
) -> Changes:
    log = _stand(connection, room)
    seq = _seq_at(connection, room, log, since)
    if seq + 1 < log.first_seq:
        return _changes(log, [], since, pruned=True)
    for _ in range(WINDOWS):
        end = min(since + limit, log.head_rev)
        end_seq = _seq_at(connection, room, log, end)
        found = _window(connection, room, (since, end), (seq, end_seq))
        if found or end == log.head_rev:
            break
        # All that happened here was overtaken by later changes.
        since, seq = end, end_seq
    messages = list(fitting(found, size))
    if len(messages) < len(found):
        end = messages[-1].rev
    return _changes(log, messages, end)


def _changes(
    log: LogHead, messages: Iterable[Message], next_rev: int, *, pruned: bool = False
) -> Changes:
    return Changes(
        head_seq=log.head_seq,
        head_rev=log.head_rev,
        first_seq=log.first_seq,
        messages=tuple(messages),
        next_rev=next_rev,
        pruned=pruned,
    )


def _seq_at(connection: sqlite3.Connection, room: str, log: LogHead, rev: int) -> int:
    """The room's head seq when its revision was that: the rev less the changes up to it."""
    later = connection.execute(
        "SELECT ordinal FROM changes WHERE room = :room AND rev > :rev ORDER BY rev LIMIT 1",
        {"room": room, "rev": rev},
    ).fetchone()
    return rev - (later[0] - 1 if later else log.head_rev - log.head_seq)


def _window(
    connection: sqlite3.Connection, room: str, revs: tuple[int, int], seqs: tuple[int, int]
) -> list[Message]:
    """Messages whose last change lies in ``(revs[0], revs[1]]``, by rev; ``seqs`` are those posted
    in it. What was changed after it appears where that happened."""
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


# ---- what may go


def prunable(
    connection: sqlite3.Connection,
    keep_messages: int | None,
    before: int | None,
    after: str,
    limit: int,
) -> tuple[list[str], str | None]:
    rows = connection.execute(
        """
        SELECT r.name, r.head_seq - r.first_seq + 1 > :keep OR EXISTS (
            SELECT 1 FROM messages AS m
            WHERE m.room = r.name AND m.seq = r.first_seq AND m.timestamp < :before
        )
        FROM rooms AS r WHERE r.name > :after ORDER BY r.name LIMIT :limit
        """,
        {"keep": keep_messages, "before": before, "after": after, "limit": limit},
    ).fetchall()
    return [name for name, old in rows if old], rows[-1][0] if len(rows) == limit else None


def prune_point(
    connection: sqlite3.Connection,
    room: str,
    keep_messages: int | None,
    before: int | None,
    most: int,
) -> int:
    log = _stand(connection, room)
    last = min(log.first_seq + most - 1, log.head_seq)
    through = 0
    if keep_messages is not None:
        through = min(log.head_seq - keep_messages, last)
    if before is not None and through < last:
        # Timestamps in a room never decrease, so this is everything before some seq.
        (old,) = connection.execute(
            """
            SELECT max(seq) FROM messages
            WHERE room = :room AND seq BETWEEN :first AND :last AND timestamp < :before
            """,
            {"room": room, "first": log.first_seq, "last": last, "before": before},
        ).fetchone()
        through = max(through, old or 0)
    return through if through >= log.first_seq else 0
