"""The rules of membership: join, create, leave, invite, remove, ban, unban, and roles. Pure."""

from typing import Final

from ..errors import Refused
from ..model import Member, Role, Room, Visibility
from ..protocol import results
from ..protocol.calls import (
    Ban,
    CreateRoom,
    Invite,
    JoinRoom,
    LeaveRoom,
    RemoveMember,
    SetRole,
    Unban,
)
from ..store.events import (
    MemberBanned,
    MemberRemoved,
    MemberUnbanned,
    RoleChanged,
)
from . import quotas
from .deciding import Rules
from .draft import Draft
from .permissions import (
    PERMISSIONS,
    no_such_room,
    not_a_member,
    require_target,
    retired_name,
)

RULES: Final = Rules()
decides = RULES.decides


@decides(JoinRoom)
def join(draft: Draft, user: str, call: JoinRoom) -> results.Joined:
    room, member = draft.room, draft.member(user)
    if room is None:
        _require_living(draft)
        if not call.create:
            raise no_such_room()
        return _make(draft, user, "public", draft.name, "")
    if member is not None:
        return _joined(room, member, created=False)
    if room.visibility == "private":
        raise no_such_room()
    if draft.person(user).banned:
        raise Refused("banned", "room: you are banned from it")
    quotas.require_joining(draft.terms, draft.usage(user))
    # The first person to join an empty room becomes its owner.
    role: Role = "member" if room.members else "owner"
    return _joined(room, draft.enter(room, user, role), created=False)


@decides(CreateRoom)
def create(draft: Draft, user: str, call: CreateRoom) -> results.Joined:
    if draft.room is not None:
        raise Refused("conflict", "room: the name is taken")
    _require_living(draft)
    return _make(draft, user, call.visibility, call.title or draft.name, call.topic or "")


def _require_living(draft: Draft) -> None:
    if draft.context.retired:
        raise retired_name()


def _make(
    draft: Draft, user: str, visibility: Visibility, title: str, topic: str
) -> results.Joined:
    quotas.require_space(draft.terms)
    quotas.require_making(draft.terms, draft.usage(user), draft.now)
    room = draft.make("room", visibility, title, topic, user)
    joined = _joined(room, draft.enter(room, user, "owner"), created=True)
    draft.count(user, "rooms")
    return joined


@decides(LeaveRoom)
def leave(draft: Draft, room: Room, member: Member, call: LeaveRoom) -> results.Empty:
    draft.entries.append(MemberRemoved(member.user))
    heir = draft.successor
    if member.role == "owner" and heir is not None and heir.role != "owner":
        draft.entries.append(RoleChanged(heir.user, "owner"))
    return results.Empty()


@decides(Invite)
def invite(draft: Draft, room: Room, member: Member, call: Invite) -> results.Empty:
    user, invited = member.user, call.user
    draft.require_account(invited)
    if draft.person(invited).banned:
        raise Refused("banned", "user: is banned from the room; unban first")
    if draft.member(invited) is not None:
        return results.Empty()
    quotas.require_unblocked(draft.context, user, invited)
    quotas.require_place(draft.terms, draft.usage(invited))
    strangers = (user, invited) not in draft.context.acquainted
    if strangers:
        quotas.require_contact(draft.terms, draft.usage(user), draft.now)
    draft.enter(room, invited, "member")
    if strangers:
        draft.count(user, "strangers")
    return results.Empty()


@decides(RemoveMember)
def remove(draft: Draft, room: Room, member: Member, call: RemoveMember) -> results.Empty:
    target = draft.member(call.user)
    require_target(PERMISSIONS[RemoveMember], member, target)
    draft.require_account(call.user)
    if target is None:
        raise not_a_member()
    draft.entries.append(MemberRemoved(call.user))
    return results.Empty()


@decides(Ban)
def ban(draft: Draft, room: Room, member: Member, call: Ban) -> results.Empty:
    target = draft.member(call.user)
    require_target(PERMISSIONS[Ban], member, target)
    draft.require_account(call.user)
    if not draft.person(call.user).banned:
        draft.entries.append(MemberBanned(call.user, member.user, draft.stamp))
    if target is not None:
        draft.entries.append(MemberRemoved(call.user))
    return results.Empty()


@decides(Unban)
def unban(draft: Draft, room: Room, member: Member, call: Unban) -> results.Empty:
    draft.require_account(call.user)
    if draft.person(call.user).banned:
        draft.entries.append(MemberUnbanned(call.user))
    return results.Empty()


@decides(SetRole)
def set_role(draft: Draft, room: Room, member: Member, call: SetRole) -> results.Empty:
    draft.require_account(call.user)
    target = draft.member(call.user)
    if target is None:
        raise not_a_member()
    if target.role == call.role:
        return results.Empty()
    require_target(PERMISSIONS[SetRole], member, target)
    # Only owners themselves can give up their role. The successor is an owner if another one is.
    if target.role == "owner" and (draft.successor is None or draft.successor.role != "owner"):
        raise Refused("conflict", "role: you are the last owner; make another one first")
    draft.entries.append(RoleChanged(call.user, call.role))
    return results.Empty()


def _joined(room: Room, member: Member, *, created: bool) -> results.Joined:
    return results.Joined(
        room=room.name,
        title=room.title,
        topic=room.topic,
        visibility=room.visibility,
        role=member.role,
        head_seq=room.head_seq,
        head_rev=room.head_rev,
        read_seq=member.read_seq,
        created=created,
    )
