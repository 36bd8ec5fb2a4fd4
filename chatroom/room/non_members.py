"""Answers to non-members, decided without the room's actor. Pure.

They depend only on the store, so that they do not reveal whether the room is in use (I5). A call by
a non-member does not wake a room.
"""

from typing import Any

from ..errors import Refused
from ..protocol import results
from ..protocol.calls import CreateGroup, CreateRoom, EnterRoom, JoinRoom, SendMessage
from ..protocol.declaring import Call
from ..store.access import RoomAccess
from .messages import answer_retry
from .permissions import (
    no_longer_in_group,
    no_such_room,
    only_admins_make_rooms,
    require_member,
    retired_name,
)


def answer_outsider(
    name: str, call: Call[Any], access: RoomAccess, *, admins_make_rooms: bool = False
) -> results.Sent | Refused | None:
    """Return the answer to a call, or None if the room must answer.

    :param name: the room's name.
    :param admins_make_rooms: nobody else makes rooms.
    """
    if access.is_member:
        return None
    try:
        return _answer(name, call, access, may_make=access.is_admin or not admins_make_rooms)
    except Refused as refused:
        return refused


def _answer(
    name: str, call: Call[Any], access: RoomAccess, *, may_make: bool
) -> results.Sent | None:
    room = access.room
    if not may_make and (
        isinstance(call, CreateRoom) or (isinstance(call, CreateGroup) and room is None)
    ):
        raise only_admins_make_rooms()
    if access.retired and isinstance(call, JoinRoom | CreateRoom | CreateGroup):
        raise retired_name()
    match call:
        case JoinRoom():
            if room is None and not (call.create and may_make):
                raise no_such_room()
            if room is not None and room.visibility == "private":
                raise no_such_room()
            return None
        case CreateRoom():
            if room is not None:
                raise Refused("conflict", "room: the name is taken")
            return None
        case EnterRoom() if access.is_admin and room is not None and room.kind == "room":
            return None
        case CreateGroup():
            if room is not None:
                raise no_longer_in_group()
            return None
        case SendMessage():
            # Before every permanent refusal: a former member may retry an accepted message (I3).
            if sent := answer_retry(name, call, access.original):
                return sent
        case _:
            pass  # refused below: only for members
    require_member(room, None)
    return None
