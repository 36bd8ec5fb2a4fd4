"""How a person stands to a room, for calls from outside it."""

from typing import Protocol

import attrs

from ..model import Room, SendReceipt


@attrs.frozen
class RoomAccess:
    """``original`` is the message under the clientId asked about. ``retired``: the room was
    deleted, and its name is not given again.
    """

    room: Room | None
    is_member: bool
    original: SendReceipt | None = None
    retired: bool = False


class AccessStore(Protocol):
    async def standing(self, room: str, user: str, client_id: str | None) -> RoomAccess:
        """Takes the same steps whether the room is there or not."""
