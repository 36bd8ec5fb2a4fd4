"""Read cursors: moving them, and counting what is unread above them outside the writer.

A cursor that moves to the room's head needs no count. Below the head, the user's own messages that
it passes must be counted (:mod:`.sent_spans`), and the deletions and mentions above it. These may
be many, and all writes would wait for a count in the writer's transaction. So :func:`count_ahead`
runs in a reader first. :func:`move` checks whether its counts are still valid, and adds what the
batch itself has changed. Invalid counts are made again, so that a race costs time, but never
exactness (I4).
"""

from collections.abc import Iterable, Sequence
from typing import Final

import attrs

from ..events import (
    MessageChanged,
    MessagePosted,
    ReadCursorMoved,
    RoomEvent,
)
from .connection import Connection
from .rows import Columns
from .sent_spans import count_sent


@attrs.frozen
class CountedAhead:
    """Counts for a cursor that moves from ``cursor`` to ``read_seq`` while the room is at ``rev``.

    ``own`` counts the user's own messages that the cursor passes; ``unread`` and ``mentions`` count
    those above ``read_seq``.
    """

    user: str
    cursor: int
    read_seq: int
    rev: int
    own: int
    unread: int
    mentions: int


@attrs.frozen
class _State:
    """The member's counters and the room's head."""

    read_seq: int
    sent: int
    sent_read: int
    head_seq: int
    head_rev: int
    last_main_seq: int

    @property
    def own_above(self) -> int:
        """The number of the member's own messages above the cursor."""
        return self.sent - self.sent_read


_STATE: Final = Columns(_State)
_OF_ROOM: Final = {name: f"r.{name}" for name in ("head_seq", "head_rev", "last_main_seq")}


def count_ahead(
    connection: Connection, room: str, user: str, seqs: Iterable[int]
) -> list[CountedAhead]:
    """Count for each of ``seqs``, to which the user's cursor may move. Runs in a read
    transaction."""
    state = _state(connection, room, user)
    if state is None:
        return []
    counted = []
    for read_seq in sorted({min(seq, state.head_seq) for seq in seqs}):
        if read_seq <= state.read_seq:
            continue
        own = state.own_above
        if read_seq < state.last_main_seq:
            own = count_sent(connection, room, user, state.read_seq, read_seq)
        unread, mentions = _count_above(connection, room, user, state, read_seq, own)
        counted.append(
            CountedAhead(
                user=user,
                cursor=state.read_seq,
                read_seq=read_seq,
                rev=state.head_rev,
                own=own,
                unread=unread,
                mentions=mentions,
            )
        )
    return counted


def move(
    connection: Connection,
    room: str,
    entry: ReadCursorMoved,
    ahead: Iterable[CountedAhead],
    entries: Sequence[RoomEvent],
) -> ReadCursorMoved:
    """Move the cursor. Return the event with all fields filled in.

    :param ahead: counts made for this room before the transaction.
    :param entries: all events of the batch; the others are written already.
    :raises LookupError: the user is not a member.
    """
    user = entry.user
    state = _state(connection, room, user)
    if state is None:
        raise LookupError(f"{user} is not a member of {room}")
    read_seq = max(entry.read_seq, state.read_seq)
    usable = [
        each
        for each in ahead
        if each.user == user and each.cursor == state.read_seq and each.read_seq <= read_seq
    ]
    best = max(usable, key=lambda each: each.read_seq, default=None)
    if read_seq >= state.last_main_seq:
        own = state.own_above
    elif best is None:
        own = count_sent(connection, room, user, state.read_seq, read_seq)
    else:
        own = best.own + count_sent(connection, room, user, best.read_seq, read_seq)
    written = [each for each in entries if isinstance(each, MessagePosted | MessageChanged)]
    if best and best.read_seq == read_seq and best.rev == state.head_rev - len(written):
        unread, mentions = _adjusted(best, written)
    else:
        unread, mentions = _count_above(connection, room, user, state, read_seq, own)
    sent_read = state.sent_read + own
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
        rev=state.head_rev,
    )


def _state(connection: Connection, room: str, user: str) -> _State | None:
    row = connection.execute(
        f"""
        SELECT {_STATE.of("m", **_OF_ROOM)}
        FROM members_now AS m JOIN rooms AS r ON r.name = m.room
        WHERE m.user = :user AND m.room = :room
        """,
        {"user": user, "room": room},
    ).fetchone()
    return _STATE.value(row) if row else None


def _count_above(
    connection: Connection, room: str, user: str, state: _State, read_seq: int, own: int
) -> tuple[int, int]:
    """Count unread messages and mentions above the new cursor, as the view ``inboxes`` does."""
    if read_seq >= state.last_main_seq:
        return 0, 0
    threaded, deleted, mentions = connection.execute(
        """
        SELECT r.threaded - coalesce((
            SELECT t.number FROM thread_messages AS t
            WHERE t.room = :room AND t.seq <= :seq ORDER BY t.seq DESC LIMIT 1
        ), r.pruned_threaded), (
            SELECT count(*) FROM deletions AS d
            WHERE d.room = :room AND d.seq > :seq AND d.sender <> :user AND d.thread IS NULL
        ), (
            SELECT count(DISTINCT n.seq) FROM mentions AS n
            WHERE n.room = :room AND n.user IN (:user, 'room') AND n.seq > :seq
              AND n.sender <> :user AND n.thread IS NULL
        )
        FROM rooms AS r WHERE r.name = :room
        """,
        {"room": room, "user": user, "seq": read_seq},
    ).fetchone()
    above = state.head_seq - read_seq - threaded
    return above - (state.own_above - own) - deleted, mentions


def _adjusted(
    ahead: CountedAhead, written: Iterable[MessagePosted | MessageChanged]
) -> tuple[int, int]:
    """Return unread messages and mentions after ``written``, the first events since ``ahead`` was
    counted."""
    unread, mentions, user = ahead.unread, ahead.mentions, ahead.user
    for entry in written:
        message = entry.message
        if message.seq <= ahead.read_seq or message.thread is not None:
            continue
        if isinstance(entry, MessagePosted):
            unread += message.sender != user
            mentions += message.mentioned(user)
        else:
            unread -= message.deleted and not entry.was.deleted and message.sender != user
            mentions += message.mentioned(user) - entry.was.mentioned(user)
    return unread, mentions
