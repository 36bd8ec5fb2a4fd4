"""The messages that mention a user, over all rooms of that user, newest first.

Each room's mentions are read in pieces, the newest room first, so that the cost depends on the page
and on the number of the user's rooms, not on the number of mentions.
"""

import heapq
from collections.abc import Callable, Iterator
from itertools import islice
from operator import itemgetter
from typing import Final

from ...model import EVERYONE, Message
from ..inboxes import MentionList
from ..paging import fitting
from ..room_log import text_size
from .connection import Connection
from .log import first_not_before
from .rows import MESSAGE

PIECE: Final = 20
"""Mentions of a room to read at once."""
MAX_SEQ: Final = 2**63 - 1


def mentions(
    connection: Connection,
    user: str,
    before: int | None,
    limit: int,
    size: Callable[[Message], int] = text_size,
) -> MentionList:
    rooms = connection.execute(
        "SELECT room FROM members WHERE user = :user", {"user": user}
    ).fetchall()
    newest = heapq.merge(
        *(_of_room(connection, room, user, before) for (room,) in rooms),
        key=lambda found: -found[0],
    )
    found = list(islice(newest, limit + 1))
    page = list(fitting(found[:limit], lambda each: size(each[1])))
    return MentionList(
        tuple(message for _, message in page),
        page[-1][0] if len(page) < len(found) else None,
    )


def _of_room(
    connection: Connection, room: str, user: str, before: int | None
) -> Iterator[tuple[int, Message]]:
    """Yield the ids and messages of a room's mentions, newest first."""
    limit, end = 1, MAX_SEQ  # of most rooms, only the newest mention is read
    while True:
        rows = connection.execute(
            _PIECE,
            {"room": room, "user": user, "everyone": EVERYONE, "end": end, "limit": limit},
        ).fetchall()
        rows.sort(key=itemgetter(0), reverse=True)
        if rows and before is not None and rows[0][0] >= before:
            # Continue at the first mention that is old enough.
            end, before = first_not_before(connection, room, "id", before), None
            continue
        for id_, *row in rows:
            message = MESSAGE.value(row)
            yield id_, message
            end = message.seq
        if len(rows) < limit:
            return
        limit, before = PIECE, None


_PIECE: Final = f"""
    WITH page AS (
        SELECT seq FROM (
            SELECT seq FROM mentions
            WHERE room = :room AND user = :user AND seq < :end AND sender <> :user
            ORDER BY seq DESC LIMIT :limit
        ) AS found
        UNION
        SELECT seq FROM (
            SELECT seq FROM mentions
            WHERE room = :room AND user = :everyone AND seq < :end AND sender <> :user
              AND (thread IS NULL OR EXISTS (
                  SELECT 1 FROM followers AS f
                  WHERE f.user = :user AND f.room = :room AND f.root = mentions.thread
              ))
            ORDER BY seq DESC LIMIT :limit
        ) AS found
        ORDER BY seq DESC LIMIT :limit
    )
    SELECT i.id, {MESSAGE.of("m")} FROM page
    JOIN messages AS i ON i.room = :room AND i.seq = page.seq
    JOIN messages_now AS m ON m.room = i.room AND m.seq = i.seq
"""
