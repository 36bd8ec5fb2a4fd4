"""How people who are not members of a room are refused."""

from ..errors import Refused
from ..model import Room


def outsider(room: Room | None) -> Refused:
    """Return the refusal. A private room looks like one that does not exist (I5)."""
    if room is not None and room.visibility == "public":
        return Refused("forbidden", "room: join it first")
    return Refused("not_found", "room: there is no such room")
