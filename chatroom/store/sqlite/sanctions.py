"""Bans and mutes. Writes run in the writer's transaction."""

import sqlite3
from collections.abc import Collection
from typing import Final, Literal, TypeAlias

from ...model import Sanction
from ..events import MemberBanned, MemberMuted
from .rows import SANCTION, among, json_array

Table: TypeAlias = Literal["bans", "mutes"]
_TABLES: Final[dict[type[MemberBanned | MemberMuted], Table]] = {
    MemberBanned: "bans",
    MemberMuted: "mutes",
}


def sanctions(
    connection: sqlite3.Connection, table: Table, room: str, names: Collection[str]
) -> dict[str, Sanction]:
    """Return the sanctions of some people in a room, including those that have ended."""
    rows = connection.execute(
        f"SELECT user, {SANCTION} FROM {table} WHERE room = :room AND user {among('names')}",
        {"room": room, "names": json_array(names)},
    )
    return {user: SANCTION.value(rest) for user, *rest in rows}


def impose(connection: sqlite3.Connection, room: str, event: MemberBanned | MemberMuted) -> None:
    connection.execute(
        f"""
        INSERT INTO {_TABLES[type(event)]} (room, user, by, at, {SANCTION})
        VALUES (:room, :user, :by, :at, {SANCTION.parameters})
        ON CONFLICT (room, user) DO UPDATE SET by = excluded.by, at = excluded.at,
            until = excluded.until, reason = excluded.reason
        """,
        {
            "room": room,
            "user": event.user,
            "by": event.by,
            "at": event.at,
            **SANCTION.named(event.sanction),
        },
    )


def lift(connection: sqlite3.Connection, table: Table, room: str, user: str) -> None:
    connection.execute(
        f"DELETE FROM {table} WHERE room = :room AND user = :user", {"room": room, "user": user}
    )
