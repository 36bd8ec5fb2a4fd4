"""Who may do what in a room: one table, and the checks that apply it. Pure.

``docs/permissions.md`` shows :data:`PERMISSIONS`, and ``python -m tests.room.permissions_table``
writes it.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, Literal, TypeAlias

import attrs

from ..errors import Refused
from ..model import Member, Message, Role, Room
from ..protocol.calls import (
    CALLS,
    Ban,
    CreateGroup,
    CreateRoom,
    DeleteMessage,
    DeleteMessagesOf,
    EditMessage,
    EnterRoom,
    Invite,
    JoinRoom,
    LeaveRoom,
    Mute,
    PinMessage,
    RemoveMember,
    SendMessage,
    SetRole,
    Unmute,
    UnpinMessage,
)
from ..protocol.declaration import camel
from ..protocol.declaring import Call, MemberCall, ModeratorCall, OwnerCall, RoomCall

RANK: Final[dict[Role, int]] = {"owner": 2, "moderator": 1, "member": 0}

Target: TypeAlias = Literal["anyone", "lower", "lower or oneself"]
"""Whom a call may name: people with a lower role than the caller's, or without membership."""


@attrs.frozen
class Permission:
    """Who may make a call on a room.

    :ivar role: the lowest role that may, in rooms that are not direct; None: people who are not
        members may, too.
    :ivar direct: both members of a direct room may.
    :ivar target: whom the call may name.
    :ivar others: the lowest role that may make the call about a message of another sender; None if
        only the sender may. Applies to calls about a message's content.
    :ivar by_policy: the room's settings say whether members may, too.
    :ivar outside: what people who are not members get in a public room.
    :ivar admins: only admins of the server may, whatever their role in the room.
    """

    role: Role | None
    direct: bool = True
    target: Target = "anyone"
    others: Role | None = "member"
    outside: Literal["forbidden", "conflict", "yes"] = "forbidden"
    by_policy: bool = False
    admins: bool = False

    @property
    def for_all_members(self) -> bool:
        """Whether all members may make the call, in all rooms."""
        return self.role == "member" and self.direct


def _declared(call: type[Call[Any]]) -> Permission:
    """Return the permission that the base class of a call declares."""
    if issubclass(call, OwnerCall):
        return Permission("owner", direct=False)
    if issubclass(call, ModeratorCall):
        return Permission("moderator", direct=False)
    return Permission("member" if issubclass(call, MemberCall) else None)


_FINER: Final[Mapping[type[Call[Any]], Permission]] = {
    JoinRoom: Permission(None, direct=False, outside="yes"),
    CreateRoom: Permission(None, direct=False, outside="conflict"),
    CreateGroup: Permission(None, direct=False, outside="yes"),
    EnterRoom: Permission(None, direct=False, admins=True),
    LeaveRoom: Permission("member", direct=False),
    SendMessage: Permission(None, by_policy=True),
    EditMessage: Permission("member", others=None, by_policy=True),
    DeleteMessage: Permission("member", others="moderator"),
    Invite: Permission("member", direct=False, by_policy=True),
    PinMessage: Permission("moderator"),
    UnpinMessage: Permission("moderator"),
    RemoveMember: Permission("moderator", direct=False, target="lower"),
    Ban: Permission("moderator", direct=False, target="lower"),
    Mute: Permission("moderator", direct=False, target="lower"),
    Unmute: Permission("moderator", direct=False, target="lower"),
    DeleteMessagesOf: Permission("moderator", direct=False, target="lower or oneself"),
    SetRole: Permission("owner", direct=False, target="lower or oneself"),
}
PERMISSIONS: Final[Mapping[type[Call[Any]], Permission]] = MappingProxyType(
    {
        call: _FINER.get(call) or _declared(call)
        for call in CALLS.values()
        if issubclass(call, RoomCall)
    }
)
"""The permission for each call on a room: that of its base class, or a finer one."""


SETTINGS: Final[Mapping[str, Role]] = MappingProxyType(
    {
        "title": "moderator",
        "topic": "moderator",
        "posting": "moderator",
        "inviting": "moderator",
        "slow_mode_s": "moderator",
        "visibility": "owner",
        "archived": "owner",
    }
)
"""The lowest role that may change a setting of a room."""


def no_such_room() -> Refused:
    return Refused("not_found", "room: there is no such room")


def retired_name() -> Refused:
    return Refused("conflict", "room: it was deleted, and its name cannot be used again")


def no_longer_in_group() -> Refused:
    return Refused("conflict", "clientId: it made a group that you are no longer in")


def only_admins_make_rooms() -> Refused:
    return Refused("forbidden", "room: only admins of the server make rooms")


def no_such_person() -> Refused:
    return Refused("not_found", "user: there is no such person")


def not_a_member() -> Refused:
    return Refused("not_found", "user: is not a member")


def require_member(room: Room | None, member: Member | None) -> tuple[Room, Member]:
    """Check membership, which calls on a room need.

    :raises Refused: ``not_found`` for a missing or private room, else ``forbidden``.
    """
    if room is None or (member is None and room.visibility == "private"):
        raise no_such_room()
    if member is None:
        raise Refused("forbidden", "room: join it first")
    return room, member


def require_role(permission: Permission, room: Room, member: Member) -> None:
    """:raises Refused: ``forbidden``."""
    if room.kind == "direct":
        if not permission.direct:
            raise Refused("forbidden", "room: this is not possible in a direct room")
        return
    require_least(permission.role or "member", member, "room")


def require_least(role: Role, member: Member, field: str) -> None:
    """Check that a member has this role or a higher one.

    :param field: the call's field that needs it, for the message.
    :raises Refused: ``forbidden``.
    """
    if RANK[member.role] < RANK[role]:
        who = "owners" if role == "owner" else "moderators and owners"
        raise Refused("forbidden", f"{camel(field)}: only {who} may do this")


def require_target(permission: Permission, member: Member, target: Member | None) -> None:
    """Check whom a call names.

    :param target: None if that person is not a member.
    :raises Refused: ``forbidden``.
    """
    if permission.target == "anyone" or target is None:
        return
    if permission.target == "lower or oneself" and target.user == member.user:
        return
    if RANK[target.role] >= RANK[member.role]:
        raise Refused("forbidden", "user: has the same role as you, or a higher one")


def require_sender(permission: Permission, member: Member, message: Message) -> None:
    """Check that the member may change a message.

    :raises Refused: ``forbidden``.
    """
    if message.sender == member.user:
        return
    if permission.others is None:
        raise Refused("forbidden", "seq: only its sender may do this")
    if RANK[member.role] < RANK[permission.others]:
        raise Refused("forbidden", "seq: only its sender or a moderator may do this")
