"""Permissions in a room. Pure."""

from typing import Final

from ..errors import Refused
from ..model import Member, Role, Room

RANK: Final[dict[Role, int]] = {"owner": 2, "moderator": 1, "member": 0}


def no_such_room() -> Refused:
    return Refused("not_found", "room: there is no such room")


def retired_name() -> Refused:
    return Refused("conflict", "room: it was deleted, and its name cannot be used again")


def require_member(room: Room | None, member: Member | None) -> tuple[Room, Member]:
    """Check membership, which calls on a room need.

    :raises Refused: ``not_found`` for a missing or private room, else ``forbidden``.
    """
    if room is None or (member is None and room.visibility == "private"):
        raise no_such_room()
    if member is None:
        raise Refused("forbidden", "room: join it first")
    return room, member


def require_moderator(room: Room, member: Member) -> None:
    """:raises Refused: ``forbidden``."""
    if room.kind == "direct":
        raise Refused("forbidden", "room: a direct room has no moderators")
    if RANK[member.role] < RANK["moderator"]:
        raise Refused("forbidden", "room: only moderators and owners may do this")


def require_lower(member: Member, target: Member | None) -> None:
    """Check that the target's role is lower, as removing and banning require.

    :raises Refused: ``forbidden``.
    """
    if target is not None and RANK[target.role] >= RANK[member.role]:
        raise Refused("forbidden", "user: has the same role as you, or a higher one")
