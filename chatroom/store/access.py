"""A user's access to a room, for calls by sessions that do not follow it."""

from typing import Protocol

import attrs

from ..model import Room, SendReceipt


@attrs.frozen
class RoomAccess:
    """``room`` is None if it does not exist. ``original`` is the user's message with the given
    clientId, if there is one. ``retired``: the room was deleted, and its name is never reused.
    ``is_admin``: the user is an admin of the server.
    """

    room: Room | None
    is_member: bool
    original: SendReceipt | None = None
    retired: bool = False
    is_admin: bool = False


class AccessStore(Protocol):
    async def room_access(self, room: str, user: str, client_id: str | None) -> RoomAccess:
        """Run the same queries whether or not the room exists, so that the time does not reveal
        it."""
