"""Reads of rooms and of who is in them. Each function runs in a read transaction."""

import sqlite3
from collections.abc import Collection

from ...model import Member, Room
from ..store import People
from .rows import json_array, member_of, room_of


def room(connection: sqlite3.Connection, name: str) -> Room | None:
    row = connection.execute("SELECT * FROM rooms WHERE name = ?", (name,)).fetchone()
    return room_of(row) if row else None


def people(connection: sqlite3.Connection, room: str, names: Collection[str]) -> People:
    where = (room, json_array(names))
    members = connection.execute(
        """
        SELECT * FROM members_now
        WHERE room = ? AND user IN (SELECT value FROM json_each(?))
        """,
        where,
    ).fetchall()
    banned = connection.execute(
        "SELECT user FROM bans WHERE room = ? AND user IN (SELECT value FROM json_each(?))",
        where,
    ).fetchall()
    users = connection.execute(
        "SELECT name, display_name FROM users WHERE name IN (SELECT value FROM json_each(?))",
        where[1:],
    ).fetchall()
    return People(
        members={member.user: member for member in map(member_of, members)},
        banned=frozenset(name for (name,) in banned),
        users=dict(users),
    )


def successor(connection: sqlite3.Connection, room: str, leaving: str) -> Member | None:
    for role in ("owner", "moderator", "member"):  # an index is in the order of joining for each
        row = connection.execute(
            """
            SELECT * FROM members_now
            WHERE room = ? AND role = ? AND user <> ?
            ORDER BY joined_at, user LIMIT 1
            """,
            (room, role, leaving),
        ).fetchone()
        if row:
            return member_of(row)
    return None


def rooms(
    connection: sqlite3.Connection, user: str, query: str | None, after: str, limit: int
) -> list[tuple[Room, bool]]:
    rows = connection.execute(
        """
        SELECT r.*, m.user IS NOT NULL FROM rooms AS r
        LEFT JOIN members AS m ON m.user = :user AND m.room = r.name
        WHERE r.name > :after AND r.kind = 'room'
          AND (r.visibility = 'public' OR m.user IS NOT NULL)
          AND (:part IS NULL OR instr(r.name, :part) OR instr(r.search, :part))
        ORDER BY r.name LIMIT :limit
        """,
        {
            "user": user,
            "part": None if query is None else query.casefold(),
            "after": after,
            "limit": limit,
        },
    )
    return [(room_of(row), bool(row[-1])) for row in rows]


def members(connection: sqlite3.Connection, room: str, after: str, limit: int) -> list[Member]:
    rows = connection.execute(
        "SELECT * FROM members_now WHERE room = ? AND user > ? ORDER BY user LIMIT ?",
        (room, after, limit),
    )
    return [member_of(row) for row in rows]
