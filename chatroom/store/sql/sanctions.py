"""Bans and mutes. Writes run in the writer's transaction."""

from collections.abc import Collection
from typing import Final, Literal, TypeAlias

from ...model import Sanction
from ..events import MemberBanned, MemberMuted
from ..rooms import Sanctioned, SanctionKind, SanctionPage
from .connection import Connection
from .rows import SANCTION, USER, among, json_array, user_named

Table: TypeAlias = Literal["bans", "mutes"]
_TABLES: Final[dict[type[MemberBanned | MemberMuted], Table]] = {
    MemberBanned: "bans",
    MemberMuted: "mutes",
}
_KINDS: Final[dict[SanctionKind, Table]] = {"ban": "bans", "mute": "mutes"}


def sanctions(
    connection: Connection, table: Table, room: str, names: Collection[str]
) -> dict[str, Sanction]:
    """Return the sanctions of some people in a room, including those that have ended."""
    rows = connection.execute(
        f"SELECT user, {SANCTION} FROM {table} WHERE room = :room AND user {among('names')}",
        {"room": room, "names": json_array(names)},
    )
    return {user: SANCTION.value(rest) for user, *rest in rows}


def impose(connection: Connection, room: str, event: MemberBanned | MemberMuted) -> None:
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


def lift(connection: Connection, table: Table, room: str, user: str) -> None:
    connection.execute(
        f"DELETE FROM {table} WHERE room = :room AND user = :user", {"room": room, "user": user}
    )


def sanction_page(
    connection: Connection, room: str, kind: SanctionKind, after: str, limit: int
) -> SanctionPage:
    version = connection.execute(
        "SELECT version FROM rooms WHERE name = :room", {"room": room}
    ).fetchone()
    if version is None:
        return SanctionPage((), 0)
    rows = connection.execute(
        f"""
        SELECT {user_named("s.user")}, s.by, s.at, {SANCTION.of("s")}
        FROM {_KINDS[kind]} AS s LEFT JOIN users AS u ON u.name = s.user
        WHERE s.room = :room AND s.user > :after ORDER BY s.user LIMIT :limit
        """,
        {"room": room, "after": after, "limit": limit + 1},
    )
    found = []
    for row in rows:
        person, (by, at, *sanction) = USER.cut(row)
        found.append(Sanctioned(USER.value(person), by, at, SANCTION.value(sanction)))
    page = tuple(found[:limit])
    return SanctionPage(page, version[0], page[-1].user.name if len(found) > limit else None)
