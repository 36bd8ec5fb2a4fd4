"""What a room's settings require of a sender. Pure."""

from ..errors import Refused
from ..model import Member, Room
from .draft import Draft
from .permissions import require_least


def require_open(room: Room) -> None:
    """:raises Refused: ``forbidden``; the room is archived."""
    if room.policy.archived:
        raise Refused("forbidden", "room: it is archived")


def require_posting(room: Room, member: Member) -> None:
    """Check that the room's settings let a member send and edit.

    :raises Refused: ``forbidden``.
    """
    require_open(room)
    if room.policy.posting == "moderators":
        require_least("moderator", member, "room")


def require_pause(draft: Draft, room: Room, member: Member) -> None:
    """Check slow mode before a message is sent.

    :raises Refused: ``rate_limited``, a temporary reason.
    """
    last = draft.slowed(member.user)
    if last is None or member.role != "member":
        return
    left = last + room.policy.slow_mode_s * 1000 - draft.stamp
    if left > 0:
        raise Refused("rate_limited", "room: it is in slow mode; wait before you send again", left)
