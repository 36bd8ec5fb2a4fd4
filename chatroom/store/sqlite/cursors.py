"""Read cursors: what is unread once one has moved, and how that is counted away from the writer.

A cursor that moves to the room's head needs no count. Below the head the person's own messages that
it passes have to be counted, and the deletions and mentions that stay above it: in a long log a
scan of seconds, which must not happen in the writer's transaction, where everybody waits for it.
So :func:`count_ahead` runs in a reader, before. :func:`move` adopts the counts, after it has made
sure that they still hold, and adds what the batch itself has changed. Counts that do not hold are
made anew, so that a race costs time, but no exactness (I4).
"""

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Final

import attrs

from ..events import (
    MessageChanged,
    MessagePosted,
    ReadCursorMoved,
    RoomEvent,
)
from .rows import Columns


@attrs.frozen
class CountedAhead:
    """For a cursor that moves from ``cursor`` to ``read_seq``, when the room was at ``rev``.

    ``own`` counts the person's own messages that it passes.
    """

    user: str
    cursor: int
    read_seq: int
    rev: int
    own: int
    unread: int
    mentions: int


@attrs.frozen
class _Place:
    """Where a member and the room are."""

    read_seq: int
    sent: int
    sent_read: int
    head_seq: int
    head_rev: int

    @property
    def own_above(self) -> int:
        """The member's own messages above the cursor."""
        return self.sent - self.sent_read


_PLACE: Final = Columns(_Place)


def count_ahead(
    connection: sqlite3.Connection, room: str, user: str, seqs: Iterable[int]
) -> list[CountedAhead]:
    """In a read transaction; ``seqs`` are places where the cursor may move to."""
    place = _place(connection, room, user)
    if place is None:
        return []
    counted = []
    for read_seq in sorted({min(seq, place.head_seq) for seq in seqs}):
        if read_seq <= place.read_seq:
            continue
        own = place.own_above
        if read_seq < place.head_seq:
            own = _own(connection, room, user, place.read_seq, read_seq)
        unread, mentions = _above(connection, room, user, place, read_seq, own)
        counted.append(
            CountedAhead(
                user=user,
                cursor=place.read_seq,
                read_seq=read_seq,
                rev=place.head_rev,
                own=own,
                unread=unread,
                mentions=mentions,
            )
        )
    return counted


def move(
    connection: sqlite3.Connection,
    room: str,
    entry: ReadCursorMoved,
    ahead: Iterable[CountedAhead],
    entries: Sequence[RoomEvent],
) -> ReadCursorMoved:
    """Moves the cursor; the entry comes back filled in.

    :param ahead: what was counted before the transaction, for this room.
    :param entries: the whole batch, which is written already.
    :raises LookupError: there is no such member.
    """
    user = entry.user
    place = _place(connection, room, user)
    if place is None:
        raise LookupError(f"{user} is not a member of {room}")
    read_seq = max(entry.read_seq, place.read_seq)
    usable = [
        each
        for each in ahead
        if each.user == user and each.cursor == place.read_seq and each.read_seq <= read_seq
    ]
    best = max(usable, key=lambda each: each.read_seq, default=None)
    if read_seq == place.head_seq:
        own = place.own_above
    elif best is None:
        own = _own(connection, room, user, place.read_seq, read_seq)
    else:
        own = best.own + _own(connection, room, user, best.read_seq, read_seq)
    told = [each for each in entries if isinstance(each, MessagePosted | MessageChanged)]
    if best and best.read_seq == read_seq and best.rev == place.head_rev - len(told):
        unread, mentions = _folded(best, told)
    else:
        unread, mentions = _above(connection, room, user, place, read_seq, own)
    sent_read = place.sent_read + own
    connection.execute(
        """
        UPDATE members SET read_seq = :read_seq, sent_read = :sent_read
        WHERE user = :user AND room = :room
        """,
        {"user": user, "room": room, "read_seq": read_seq, "sent_read": sent_read},
    )
    return ReadCursorMoved(
        user,
        read_seq,
        sent_read=sent_read,
        unread=unread,
        mentions=mentions,
        rev=place.head_rev,
    )


def _place(connection: sqlite3.Connection, room: str, user: str) -> _Place | None:
    row = connection.execute(
        f"""
        SELECT {_PLACE.of("m", head_seq="r.head_seq", head_rev="r.head_rev")}
        FROM members_now AS m JOIN rooms AS r ON r.name = m.room
        WHERE m.user = :user AND m.room = :room
        """,
        {"user": user, "room": room},
    ).fetchone()
    return _PLACE.value(row) if row else None


def _own(connection: sqlite3.Connection, room: str, user: str, after: int, through: int) -> int:
    (own,) = connection.execute(
        """
        SELECT count(*) FROM messages
        WHERE room = :room AND seq > :after AND seq <= :through AND sender = :user
        """,
        {"room": room, "user": user, "after": after, "through": through},
    ).fetchone()
    return int(own)


def _above(
    connection: sqlite3.Connection, room: str, user: str, place: _Place, read_seq: int, own: int
) -> tuple[int, int]:
    """Unread messages and mentions above the new cursor, as the view ``inboxes`` counts them."""
    if read_seq == place.head_seq:
        return 0, 0
    deleted, mentions = connection.execute(
        """
        SELECT (
            SELECT count(*) FROM deletions AS d
            WHERE d.room = :room AND d.seq > :seq AND d.sender <> :user
        ), (
            SELECT count(DISTINCT n.seq) FROM mentions AS n
            WHERE n.room = :room AND n.user IN (:user, 'room') AND n.seq > :seq
              AND n.sender <> :user
        )
        """,
        {"room": room, "user": user, "seq": read_seq},
    ).fetchone()
    return place.head_seq - read_seq - (place.own_above - own) - deleted, mentions


def _folded(ahead: CountedAhead, told: Iterable[MessagePosted | MessageChanged]) -> tuple[int, int]:
    """The counts after these entries, which follow at once on the moment of counting."""
    unread, mentions, user = ahead.unread, ahead.mentions, ahead.user
    for entry in told:
        message = entry.message
        if message.seq <= ahead.read_seq:
            continue
        if isinstance(entry, MessagePosted):
            unread += message.sender != user
            mentions += message.mentioned(user)
        else:
            unread -= message.deleted and not entry.was.deleted and message.sender != user
            mentions += message.mentioned(user) - entry.was.mentioned(user)
    return unread, mentions
