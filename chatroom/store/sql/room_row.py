"""A room's row: its version is compared and swapped once per batch (I2)."""

from collections.abc import Mapping, Sequence
from typing import Final

import attrs

from ...errors import Behind
from ..events import (
    Audited,
    InvitationUsed,
    MemberAdded,
    MemberBanned,
    MemberMuted,
    MemberRemoved,
    MemberUnbanned,
    MemberUnmuted,
    MessageChanged,
    MessagePosted,
    MessagesPruned,
    NotificationLevelSet,
    PostedInThread,
    ReadCursorMoved,
    RoleChanged,
    RoomConfigured,
    RoomCreated,
    RoomDeleted,
    RoomEvent,
    SenderSlowed,
    ThreadFollowed,
    ThreadUnfollowed,
    UsageCounted,
)
from ..room_log import Batch
from .connection import Connection
from .incarnations import begin_in
from .messages import one_row
from .rows import POLICY, ROOM

_UPDATE_ROOM: Final = """
    UPDATE rooms SET version = version + 1,
        head_seq = coalesce(:head_seq, head_seq),
        head_rev = coalesce(:head_rev, head_rev),
        last_timestamp = coalesce(:timestamp, last_timestamp),
        last_main_seq = coalesce(:main_seq, last_main_seq),
        last_main_timestamp = coalesce(:main_timestamp, last_main_timestamp),
        threaded = threaded + :threaded,
        members = members + :members
    WHERE name = :room AND version = coalesce(:version, version)
        AND head_seq = coalesce(:head_seq - :posts, head_seq)
        AND incarnation = coalesce(:incarnation, incarnation)
"""
_MOVE_HEAD: Final = """
    UPDATE rooms SET version = version + 1, head_seq = ?1, head_rev = ?2, last_timestamp = ?3,
        last_main_seq = ?1, last_main_timestamp = ?3
    WHERE name = ?4 AND version = coalesce(?5, version) AND head_seq = ?6 AND incarnation = ?7
"""


def update_room(
    connection: Connection, batch: Batch, entries: Sequence[RoomEvent], incarnation: int
) -> None:
    """Compare and swap the version in the room's row, and update the row, once per batch.

    The row has the number of the last incarnation that wrote a rev in the room, so that only the
    first batch of an incarnation takes another statement.

    :raises Behind: the room has another version than the batch (I2).
    :raises LookupError: the batch's first seq does not follow the room's ``head_seq`` (I2).
    """
    head_seq = head_rev = timestamp = main_seq = main_timestamp = None
    posts = threaded = members = 0
    numbered = False
    for entry in entries:
        match entry:
            case MessagePosted(message):
                head_seq, head_rev, timestamp = message.seq, message.rev, message.timestamp
                posts += 1
                if isinstance(entry, PostedInThread):
                    threaded += 1
                else:
                    main_seq, main_timestamp = message.seq, message.timestamp
                numbered = True
            case MessageChanged(message=message):
                head_rev = message.rev
                numbered = True
            case (
                ReadCursorMoved()
                | NotificationLevelSet()
                | ThreadFollowed()
                | ThreadUnfollowed()
                | UsageCounted()
                | Audited()
                | InvitationUsed()
            ):
                pass  # not numbered
            case RoomCreated():
                _insert_room(connection, entry)
                numbered = True
            case MemberAdded():
                members += 1
                numbered = True
            case MemberRemoved():
                members -= 1
                numbered = True
            case (
                RoomConfigured()
                | SenderSlowed()
                | RoleChanged()
                | MemberBanned()
                | MemberUnbanned()
                | MemberMuted()
                | MemberUnmuted()
                | MessagesPruned()
                | RoomDeleted()
            ):
                numbered = True  # apply.py writes them
    if not numbered:
        _compare_version(connection, batch)
        return
    values = {
        "room": batch.room,
        "version": batch.version,
        "posts": posts,
        "head_seq": head_seq,
        "head_rev": head_rev,
        "timestamp": timestamp,
        "main_seq": main_seq,
        "main_timestamp": main_timestamp,
        "threaded": threaded,
        "members": members,
        "incarnation": None if head_rev is None else incarnation,
    }
    _swap(connection, batch, incarnation, _UPDATE_ROOM, values)


def move_head(
    connection: Connection,
    batch: Batch,
    posts: Sequence[MessagePosted],
    incarnation: int,
) -> None:
    """Update the room's row as :func:`update_room` does, for posts to the main log alone."""
    last = posts[-1].message
    base = last.seq - len(posts)
    head = last.seq, last.rev, last.timestamp
    values = (*head, batch.room, batch.version, base, incarnation)
    _swap(connection, batch, incarnation, _MOVE_HEAD, values)


def _swap(
    connection: Connection,
    batch: Batch,
    incarnation: int,
    sql: str,
    values: Mapping[str, object] | Sequence[object],
) -> None:
    """Update the room's row, if it has the version and the incarnation that the values name."""
    if connection.execute(sql, values).rowcount != 1:
        _compare_version(connection, batch)
        begin_in(connection, batch.room, incarnation)
        one_row(connection, sql, values)


def _compare_version(connection: Connection, batch: Batch) -> None:
    """:raises Behind: the room has another version than the batch."""
    row = connection.execute(
        "SELECT version FROM rooms WHERE name = :room", {"room": batch.room}
    ).fetchone()
    version = row[0] if row else 0
    if batch.version is not None and batch.version != version:
        raise Behind(f"{batch.room} has version {version}, not {batch.version}")


def _insert_room(connection: Connection, created: RoomCreated) -> None:
    """:raises Behind: the room exists."""
    room = attrs.evolve(created.room, members=0)  # update_room adds those of this batch
    inserted = connection.execute(
        f"""
        INSERT INTO rooms ({ROOM}, search, creator)
        VALUES ({ROOM.parameters}, :search, :creator)
        ON CONFLICT (name) DO NOTHING
        """,
        {**ROOM.named(room), "search": room.title.casefold(), "creator": created.creator},
    )
    if inserted.rowcount != 1:
        raise Behind(f"{room.name} exists")


def configure(connection: Connection, room: str, entry: RoomConfigured) -> None:
    one_row(
        connection,
        """
        UPDATE rooms SET title = :title, topic = :topic, visibility = :visibility,
            search = :search, posting = :posting, inviting = :inviting,
            slow_mode_s = :slow_mode_s, archived = :archived
        WHERE name = :room
        """,
        {
            "room": room,
            "title": entry.title,
            "topic": entry.topic,
            "visibility": entry.visibility,
            "search": entry.title.casefold(),
            **POLICY.named(entry.policy),
        },
    )
