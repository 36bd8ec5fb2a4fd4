"""Blocks: the people that each account does not want to hear from."""

import sqlite3

from ...model import User


def set_blocked(
    connection: sqlite3.Connection, user: str, other: str, at: int, most: int | None
) -> str | None:
    """See :meth:`chatroom.store.store.Store.set_blocked`."""
    if connection.execute("SELECT 1 FROM users WHERE name = ?", (other,)).fetchone() is None:
        return "not_found"
    pair = (user, other)
    if connection.execute("SELECT 1 FROM blocks WHERE user = ? AND blocked = ?", pair).fetchone():
        return None
    (count,) = connection.execute("SELECT count(*) FROM blocks WHERE user = ?", (user,)).fetchone()
    if most is not None and count >= most:
        return "quota_exceeded"
    connection.execute("INSERT INTO blocks (user, blocked, at) VALUES (?, ?, ?)", (*pair, at))
    return None


def unset_blocked(connection: sqlite3.Connection, user: str, other: str) -> None:
    connection.execute("DELETE FROM blocks WHERE user = ? AND blocked = ?", (user, other))


def blocked(connection: sqlite3.Connection, user: str, after: str, limit: int) -> list[User]:
    rows = connection.execute(
        """
        SELECT b.blocked, coalesce(u.display_name, b.blocked), coalesce(u.lookalike, 0)
        FROM blocks AS b LEFT JOIN users AS u ON u.name = b.blocked
        WHERE b.user = ? AND b.blocked > ? ORDER BY b.blocked LIMIT ?
        """,
        (user, after, limit),
    )
    return [User(name, display_name, bool(lookalike)) for name, display_name, lookalike in rows]
