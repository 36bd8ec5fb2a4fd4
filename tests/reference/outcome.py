"""How a call ends in the model: it is done or refused."""

from collections.abc import Sequence
from typing import Any

import attrs

from chatroom.protocol import results
from chatroom.store.events import RoomEvent


class Refusal(Exception):
    """:ivar reason: as on the wire."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@attrs.frozen
class Done:
    """A call that was done: its result, and its events, all in one room.

    ``lost_members``: the members of a room that was deleted. ``muted_member``: whose mute changes,
    if a member. ``handovers``: what rooms do by themselves after it.
    """

    result: Any = attrs.Factory(results.Empty)
    room: str = ""
    events: Sequence[RoomEvent] = ()
    lost_members: Sequence[str] = ()
    muted_member: str | None = None
    handovers: Sequence["Done"] = ()
