"""Lookup of the facts outside a room that a decision depends on: blocks, shared rooms, quotas.

It runs in the writer's transaction, so a block applies to every batch that is decided after it.
"""

from ...errors import Behind
from ...model import Member, Role
from ..conditions import (
    Context,
    Pair,
    Usage,
    UsageKind,
    Wanted,
)
from .administration import is_admin
from .blocks import is_blocked
from .connection import Connection
from .handovers import heir, is_abandoned, successor
from .invitations import offer


def find_context(connection: Connection, room: str, wanted: Wanted) -> Context:
    """Look up the facts wanted for a batch of ``room``.

    :raises Behind: its successor is another one.
    """
    if wanted.successor is not None:
        leaving, expected = wanted.successor
        found = successor(connection, room, leaving)
        if _owner(found) != _owner(expected):
            raise Behind(f"{leaving} has another successor in {room}")
    return Context(
        blocks=frozenset(pair for pair in wanted.blocks if is_blocked(connection, *pair)),
        acquainted=frozenset(pair for pair in wanted.pairs if _acquainted(connection, pair)),
        usage={
            user: usage
            for user in wanted.accounts
            if (usage := _usage(connection, user, wanted.day)) is not None
        },
        retired=wanted.retired and is_retired(connection, room),
        admins=frozenset(name for name in wanted.admins if is_admin(connection, name)),
        abandoned=wanted.abandoned and is_abandoned(connection, room),
        heir=heir(connection, room) if wanted.heir else None,
        offer=None if wanted.offer is None else offer(connection, *wanted.offer),
    )


def _owner(successor: Member | None) -> tuple[str, Role] | None:
    return None if successor is None else (successor.user, successor.role)


def is_retired(connection: Connection, room: str) -> bool:
    row = connection.execute("SELECT 1 FROM retired WHERE name = :room", {"room": room}).fetchone()
    return row is not None


def _acquainted(connection: Connection, pair: Pair) -> bool:
    """Return whether the two share a room. The cost grows with the rooms of the first user, whose
    number is bounded by a quota."""
    user, other = pair
    row = connection.execute(
        """
        SELECT 1 FROM members AS one
        JOIN members AS other ON other.user = :other AND other.room = one.room
        JOIN rooms AS r ON r.name = one.room
        WHERE one.user = :user LIMIT 1
        """,
        {"user": user, "other": other},
    ).fetchone()
    return row is not None


def _usage(connection: Connection, user: str, day: int) -> Usage | None:
    where = {"user": user, "day": day}
    account = connection.execute(
        "SELECT created_at FROM users WHERE name = :user", where
    ).fetchone()
    if account is None:
        return None
    (created_at,) = account
    # Exactly the names of direct rooms begin with "@", which sorts between 0-9 and a-z.
    (directs,) = connection.execute(
        "SELECT count(*) FROM members WHERE user = :user AND room >= '@' AND room < 'A'", where
    ).fetchone()
    (memberships,) = connection.execute(
        "SELECT count(*) FROM members WHERE user = :user", where
    ).fetchone()
    (made,) = connection.execute(
        "SELECT count(*) FROM rooms WHERE creator = :user", where
    ).fetchone()
    today: dict[UsageKind, int] = dict(
        connection.execute("SELECT kind, count FROM usage WHERE day = :day AND user = :user", where)
    )
    return Usage(
        created_at=created_at,
        rooms=memberships - directs,
        directs=directs,
        made=made,
        today=today,
    )
