"""Reads of what a decision turns on beside its room: blocks, acquaintance, quotas. Runs in the
writer's transaction, so a block counts for every batch that is decided after it.
"""

import sqlite3

from ..conditions import (
    Context,
    Pair,
    Usage,
    UsageKind,
    Wanted,
)


def find_context(connection: sqlite3.Connection, room: str, wanted: Wanted) -> Context:
    return Context(
        blocks=frozenset(pair for pair in wanted.blocks if _blocks(connection, pair)),
        acquainted=frozenset(pair for pair in wanted.pairs if _acquainted(connection, pair)),
        usage={
            user: usage
            for user in wanted.accounts
            if (usage := _usage(connection, user, wanted.day)) is not None
        },
        retired=wanted.retired and is_retired(connection, room),
    )


def is_retired(connection: sqlite3.Connection, room: str) -> bool:
    row = connection.execute("SELECT 1 FROM retired WHERE name = ?", (room,)).fetchone()
    return row is not None


def _blocks(connection: sqlite3.Connection, pair: Pair) -> bool:
    row = connection.execute("SELECT 1 FROM blocks WHERE user = ? AND blocked = ?", pair).fetchone()
    return row is not None


def _acquainted(connection: sqlite3.Connection, pair: Pair) -> bool:
    """Whether they share a room; the cost is that of the first one's rooms, which are bounded."""
    row = connection.execute(
        """
        SELECT 1 FROM members AS one
        CROSS JOIN members AS other ON other.user = ? AND other.room = one.room
        CROSS JOIN rooms AS r ON r.name = one.room
        WHERE one.user = ? LIMIT 1
        """,
        pair[::-1],
    ).fetchone()
    return row is not None


def _usage(connection: sqlite3.Connection, user: str, day: int) -> Usage | None:
    account = connection.execute("SELECT created_at FROM users WHERE name = ?", (user,)).fetchone()
    if account is None:
        return None
    # The names of direct rooms, and no others, begin with "@", which lies between 0-9 and a-z.
    (directs,) = connection.execute(
        "SELECT count(*) FROM members WHERE user = ? AND room >= '@' AND room < 'A'", (user,)
    ).fetchone()
    (memberships,) = connection.execute(
        "SELECT count(*) FROM members WHERE user = ?", (user,)
    ).fetchone()
    (made,) = connection.execute("SELECT count(*) FROM rooms WHERE creator = ?", (user,)).fetchone()
    today: dict[UsageKind, int] = dict(
        connection.execute("SELECT kind, count FROM usage WHERE day = ? AND user = ?", (day, user))
    )
    return Usage(account[0], memberships - directs, directs, made, today)
