"""Answers to a person who does not follow a room, decided without asking its actor. Pure.

The answer comes from the store alone, so that it says nothing of whether the room is in use (I5),
and an outsider's call wakes no room.
"""

from ..errors import Refused
from ..protocol import results
from ..store.access import RoomAccess
from . import mail
from .permissions import no_such_room, require_member, retired_name
from .rules import answer_retry


def answer_outsider(
    name: str, request: mail.Asked, access: RoomAccess
) -> results.Sent | Refused | None:
    """None: it is for the room to answer. ``name`` is the room's."""
    if access.is_member:
        return None
    try:
        return _answer(name, request, access)
    except Refused as refused:
        return refused


def _answer(name: str, request: mail.Asked, access: RoomAccess) -> results.Sent | None:
    room = access.room
    if access.retired and isinstance(request, mail.Join | mail.Create):
        raise retired_name()
    match request:
        case mail.Join():
            if (room is None and not request.create) or (room and room.visibility == "private"):
                raise no_such_room()
            return None
        case mail.Create():
            if room is not None:
                raise Refused("conflict", "room: the name is taken")
            return None
        case mail.Send():
            # Before every lasting refusal: a former member may retry an accepted message (I3).
            if sent := answer_retry(name, request, access.original):
                return sent
        case (
            mail.Edit()
            | mail.Delete()
            | mail.MarkRead()
            | mail.SetLevel()
            | mail.Leave()
            | mail.Invite()
            | mail.Remove()
            | mail.Ban()
            | mail.Unban()
            | mail.Subscribe()
            | mail.Unsubscribe()
            | mail.History()
            | mail.ListMembers()
            | mail.SetTyping()
        ):
            pass  # for members only
    require_member(room, None)
    return None
