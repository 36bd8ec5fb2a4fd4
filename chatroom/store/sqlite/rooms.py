"""Reads of rooms and of who is in them. Each function runs in a read transaction."""

import sqlite3
from collections.abc import Collection
from typing import Final

from ...model import Member, Room
from ..access import RoomAccess
from ..housekeeping import RoomSize
from ..inboxes import RoomList
from ..rooms import People
from .apply import Originals, find_originals
from .conditions import is_retired
from .rows import MEMBER, ROOM, among, json_array

MAX_LOOKED_AT: Final = 5000
"""Rooms of each list that one call compares with a query: some 2 ms."""
_DIRECT: Final = "@"
"""Sorts after every name that begins with a digit, and before the names of direct rooms."""
_AFTER_DIRECT: Final = "A"
"""Sorts after the names of direct rooms, and before every name that begins with a letter."""
_END: Final = "~"
"""Sorts after every name."""


def room(connection: sqlite3.Connection, name: str) -> Room | None:
    row = connection.execute(
        f"SELECT {ROOM} FROM rooms WHERE name = :name", {"name": name}
    ).fetchone()
    return ROOM.value(row) if row else None


def standing(
    connection: sqlite3.Connection, room_name: str, user: str, client_id: str | None
) -> RoomAccess:
    originals: Originals = {}
    if client_id is not None:
        originals = find_originals(connection, [(user, client_id)])
    found = room(connection, room_name)
    member = connection.execute(
        "SELECT 1 FROM members WHERE user = :user AND room = :room",
        {"user": user, "room": room_name},
    ).fetchone()
    # The members of a deleted room are erased after it.
    is_member = found is not None and member is not None
    return RoomAccess(
        found,
        is_member,
        original=originals.get((user, client_id or "")),
        retired=is_retired(connection, room_name),
    )


def people(connection: sqlite3.Connection, room: str, names: Collection[str]) -> People:
    where = {"room": room, "names": json_array(names)}
    members = connection.execute(
        f"SELECT {MEMBER} FROM members_now WHERE room = :room AND user {among('names')}", where
    ).fetchall()
    banned = connection.execute(
        f"SELECT user FROM bans WHERE room = :room AND user {among('names')}", where
    ).fetchall()
    users = connection.execute(
        f"SELECT name, display_name FROM users WHERE name {among('names')}", where
    ).fetchall()
    return People(
        members={member.user: member for member in map(MEMBER.value, members)},
        banned=frozenset(name for (name,) in banned),
        users=dict(users),
    )


def successor(connection: sqlite3.Connection, room: str, leaving: str) -> Member | None:
    for role in ("owner", "moderator", "member"):  # an index is in the order of joining for each
        row = connection.execute(
            f"""
            SELECT {MEMBER} FROM members_now
            WHERE room = :room AND role = :role AND user <> :leaving
            ORDER BY joined_at, user LIMIT 1
            """,
            {"room": room, "role": role, "leaving": leaving},
        ).fetchone()
        if row:
            return MEMBER.value(row)
    return None


def rooms(
    connection: sqlite3.Connection, user: str, query: str | None, after: str, limit: int
) -> RoomList:
    """Two lists merged: the public rooms by an index of them, and the user's own by those of the
    members. Neither passes other people's rooms.

    Direct rooms, whose names begin with ``@``, lie between those that begin with a digit and those
    that begin with a letter. The user's own rooms are therefore read in two ranges, so that a
    person's direct rooms are not passed either.
    """
    stop = None if query is None else _last_looked_at(connection, user, after)
    last = stop or _END
    where = {
        "user": user,
        "part": None if query is None else query.casefold(),
        "after": after,
        "after_direct": max(after, _AFTER_DIRECT),
        "last": last,
        "last_digit": min(last, _DIRECT),
        "limit": limit + 1,
    }
    rows = connection.execute(
        f"""
        SELECT {ROOM.of("r")} FROM (
            SELECT name AS found FROM rooms
            WHERE kind = 'room' AND visibility = 'public' AND name > :after AND name <= :last
              AND (:part IS NULL OR instr(name, :part) OR instr(search, :part))
            UNION
            SELECT m.room FROM members AS m JOIN rooms AS o ON o.name = m.room
            WHERE m.user = :user AND m.room > :after AND m.room <= :last_digit
              AND (:part IS NULL OR instr(o.name, :part) OR instr(o.search, :part))
            UNION
            SELECT m.room FROM members AS m JOIN rooms AS o ON o.name = m.room
            WHERE m.user = :user AND m.room > :after_direct AND m.room <= :last
              AND (:part IS NULL OR instr(o.name, :part) OR instr(o.search, :part))
            ORDER BY 1 LIMIT :limit
        ) AS page JOIN rooms AS r ON r.name = page.found
        """,
        where,
    )
    found = sorted(map(ROOM.value, rows), key=lambda room: room.name)
    page = tuple(found[:limit])
    return RoomList(page, page[-1].name if len(found) > limit else stop)


def _last_looked_at(connection: sqlite3.Connection, user: str, after: str) -> str | None:
    """The name at which one call stops, so that a query that matches nothing costs no more than
    one that does. None: there are not as many rooms as that."""
    names = connection.execute(
        """
        SELECT name FROM (
            SELECT name FROM rooms
            WHERE kind = 'room' AND visibility = 'public' AND name > :after
            ORDER BY name LIMIT 1 OFFSET :most
        )
        UNION ALL
        SELECT room FROM (
            SELECT room FROM members WHERE user = :user AND room > :after AND room < :direct
            ORDER BY room LIMIT 1 OFFSET :most
        )
        UNION ALL
        SELECT room FROM (
            SELECT room FROM members WHERE user = :user AND room > :after_direct
            ORDER BY room LIMIT 1 OFFSET :most
        )
        """,
        {
            "user": user,
            "after": after,
            "after_direct": max(after, _AFTER_DIRECT),
            "direct": _DIRECT,
            "most": MAX_LOOKED_AT - 1,
        },
    )
    return min((name for (name,) in names), default=None)


SAMPLED: Final = 32
"""Messages whose length is looked at to estimate a room's bytes, evenly spread over its log."""


def room_sizes(connection: sqlite3.Connection, after: str, limit: int) -> list[RoomSize]:
    rows = connection.execute(
        f"SELECT {ROOM} FROM rooms WHERE name > :after ORDER BY name LIMIT :limit",
        {"after": after, "limit": limit},
    ).fetchall()
    return [
        RoomSize(
            name=room.name,
            kind=room.kind,
            visibility=room.visibility,
            members=room.members,
            messages=room.head_seq - room.first_seq + 1,
            bytes=_estimate(connection, room),
            active_at=room.last_timestamp if room.head_seq else room.created_at,
        )
        for room in map(ROOM.value, rows)
    ]


def _estimate(connection: sqlite3.Connection, room: Room) -> int:
    messages = room.head_seq - room.first_seq + 1
    sampled = min(messages, SAMPLED)
    if not sampled:
        return 0
    seqs = {room.first_seq + number * messages // sampled for number in range(sampled)}
    (total,) = connection.execute(
        f"""
        SELECT coalesce(sum(length(CAST(text AS BLOB))), 0) FROM messages
        WHERE room = :room AND seq {among("seqs")}
        """,
        {"room": room.name, "seqs": json_array(seqs)},
    ).fetchone()
    return int(total * messages // sampled)


def members(connection: sqlite3.Connection, room: str, after: str, limit: int) -> list[Member]:
    rows = connection.execute(
        f"""
        SELECT {MEMBER} FROM members_now
        WHERE room = :room AND user > :after ORDER BY user LIMIT :limit
        """,
        {"room": room, "after": after, "limit": limit},
    )
    return [MEMBER.value(row) for row in rows]
