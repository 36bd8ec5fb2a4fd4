"""Rooms without an owner who can act, and who becomes their owner.

A member can act unless the account is disabled.
"""

from typing import Final

from ...model import Member
from ..handovers import Handover
from .connection import Connection
from .rows import MEMBER

_CAN_ACT: Final = "(SELECT NOT u.disabled FROM users AS u WHERE u.name = m.user)"
ABANDONED: Final = f"""
    NOT EXISTS (
        SELECT 1 FROM members AS m
        WHERE m.room = r.name AND m.role = 'owner' AND {_CAN_ACT}
    )
"""
"""The condition on a room ``r``, which is not direct."""


def is_abandoned(connection: Connection, room: str) -> bool:
    row = connection.execute(
        f"SELECT 1 FROM rooms AS r WHERE r.name = :room AND r.kind = 'room' AND {ABANDONED}",
        {"room": room},
    ).fetchone()
    return row is not None


def successor(connection: Connection, room: str, leaving: str) -> Member | None:
    # For each role an index has the members in order of joining.
    for role in ("owner", "moderator", "member"):
        row = connection.execute(
            f"""
            SELECT {MEMBER} FROM members_now AS m
            WHERE room = :room AND role = :role AND user <> :leaving AND {_CAN_ACT}
            ORDER BY joined_version, user LIMIT 1
            """,
            {"room": room, "role": role, "leaving": leaving},
        ).fetchone()
        if row:
            return MEMBER.value(row)
    return None


def heir(connection: Connection, room: str) -> Member | None:
    """Return who is to become the room's owner, since no owner can act; else None."""
    return successor(connection, room, "") if is_abandoned(connection, room) else None


def note(connection: Connection, user: str) -> None:
    connection.execute(
        """
        INSERT INTO handovers (user, number) VALUES (:user, 1)
        ON CONFLICT (user) DO UPDATE SET number = handovers.number + 1
        """,
        {"user": user},
    )


def handovers(connection: Connection, after: str, limit: int) -> list[Handover]:
    rows = connection.execute(
        "SELECT user, number FROM handovers WHERE user > :after ORDER BY user LIMIT :limit",
        {"after": after, "limit": limit},
    )
    return [Handover(*row) for row in rows]


def ownerless(connection: Connection, user: str, after: str, limit: int) -> list[str]:
    rows = connection.execute(
        f"""
        SELECT r.name FROM members AS mine JOIN rooms AS r ON r.name = mine.room
        WHERE mine.user = :user AND mine.room > :after AND r.kind = 'room' AND {ABANDONED}
            AND EXISTS (SELECT 1 FROM members AS m WHERE m.room = r.name AND {_CAN_ACT})
        ORDER BY mine.room LIMIT :limit
        """,
        {"user": user, "after": after, "limit": limit},
    )
    return [name for (name,) in rows]


def forget_handover(connection: Connection, handover: Handover) -> None:
    connection.execute(
        "DELETE FROM handovers WHERE user = :user AND number = :number",
        {"user": handover.user, "number": handover.number},
    )
