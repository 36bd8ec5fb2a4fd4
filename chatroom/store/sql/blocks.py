"""Queries and writes of blocks."""

from ...model import User
from .connection import Connection
from .rows import USER, user_named


def set_blocked(
    connection: Connection, user: str, other: str, at: int, maximum: int | None
) -> str | None:
    """See :meth:`chatroom.store.blocks.BlockStore.set_blocked`."""
    row = connection.execute("SELECT 1 FROM users WHERE name = :other", {"other": other}).fetchone()
    if row is None:
        return "not_found"
    if is_blocked(connection, user, other):
        return None
    (count,) = connection.execute(
        "SELECT count(*) FROM blocks WHERE user = :user", {"user": user}
    ).fetchone()
    if maximum is not None and count >= maximum:
        return "quota_exceeded"
    connection.execute(
        "INSERT INTO blocks (user, blocked, at) VALUES (:user, :other, :at)",
        {"user": user, "other": other, "at": at},
    )
    return None


def unset_blocked(connection: Connection, user: str, other: str) -> None:
    connection.execute(
        "DELETE FROM blocks WHERE user = :user AND blocked = :other", {"user": user, "other": other}
    )


def is_blocked(connection: Connection, user: str, other: str) -> bool:
    """Return whether ``user`` blocks ``other``."""
    row = connection.execute(
        "SELECT 1 FROM blocks WHERE user = :user AND blocked = :other",
        {"user": user, "other": other},
    ).fetchone()
    return row is not None


def blocked(connection: Connection, user: str, after: str, limit: int) -> list[User]:
    rows = connection.execute(
        f"""
        SELECT {user_named("b.blocked")}
        FROM blocks AS b LEFT JOIN users AS u ON u.name = b.blocked
        WHERE b.user = :user AND b.blocked > :after ORDER BY b.blocked LIMIT :limit
        """,
        {"user": user, "after": after, "limit": limit},
    )
    return [USER.value(row) for row in rows]
