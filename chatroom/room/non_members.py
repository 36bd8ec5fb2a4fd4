"""Answers to a person who does not follow a room, decided without asking its actor. Pure.

The answer comes from the store alone, so that it says nothing of whether the room is in use (I5),
and an outsider's call wakes no room.
"""

from typing import Any

from ..errors import Refused
from ..protocol import results
from ..protocol.calls import CreateRoom, EntryCall, JoinRoom, SendMessage
from ..protocol.declaring import Call
from ..store.access import RoomAccess
from .messages import answer_retry
from .permissions import no_such_room, require_member, retired_name


def answer_outsider(
    name: str, call: Call[Any], access: RoomAccess
) -> results.Sent | Refused | None:
    """None: it is for the room to answer. ``name`` is the room's."""
    if access.is_member:
        return None
    try:
        return _answer(name, call, access)
    except Refused as refused:
        return refused


def _answer(name: str, call: Call[Any], access: RoomAccess) -> results.Sent | None:
    room = access.room
    if access.retired and isinstance(call, EntryCall):
        raise retired_name()
    match call:
        case JoinRoom():
            if (room is None and not call.create) or (room and room.visibility == "private"):
                raise no_such_room()
            return None
        case CreateRoom():
            if room is not None:
                raise Refused("conflict", "room: the name is taken")
            return None
        case SendMessage():
            # Before every lasting refusal: a former member may retry an accepted message (I3).
            if sent := answer_retry(name, call, access.original):
                return sent
        case _:
            pass  # for members only
    require_member(room, None)
    return None
