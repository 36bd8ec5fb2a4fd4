"""The rules of moderation: remove, ban, mute, give roles, delete what somebody wrote. Pure."""

from typing import Final

from ..errors import Refused
from ..model import Member, Room, Sanction
from ..protocol import results
from ..protocol.calls import (
    Ban,
    DeleteMessagesOf,
    Mute,
    RemoveMember,
    SetRole,
    Unban,
    Unmute,
)
from ..store.events import (
    MemberBanned,
    MemberMuted,
    MemberRemoved,
    MemberUnbanned,
    MemberUnmuted,
    RoleChanged,
)
from .deciding import Rules
from .draft import Draft
from .messages import erase
from .permissions import PERMISSIONS, not_a_member, require_target

RULES: Final = Rules()
decides = RULES.decides


@decides(RemoveMember)
def remove(draft: Draft, room: Room, member: Member, call: RemoveMember) -> results.Empty:
    target = draft.member(call.user)
    require_target(PERMISSIONS[RemoveMember], member, target)
    draft.require_account(call.user)
    if target is None:
        raise not_a_member()
    draft.entries.append(MemberRemoved(call.user))
    draft.audit(member.user, "removeMember", call.user)
    return results.Empty()


@decides(Ban)
def ban(draft: Draft, room: Room, member: Member, call: Ban) -> results.Empty:
    target = draft.member(call.user)
    require_target(PERMISSIONS[Ban], member, target)
    draft.require_account(call.user)
    sanction = _sanction(draft, call)
    if draft.person(call.user).ban != sanction:
        draft.entries.append(MemberBanned(call.user, member.user, draft.stamp, sanction))
        draft.audit(member.user, "ban", call.user, {"until": call.until, "reason": call.reason})
    if target is not None:
        draft.entries.append(MemberRemoved(call.user))
    return results.Empty()


@decides(Unban)
def unban(draft: Draft, room: Room, member: Member, call: Unban) -> results.Empty:
    draft.require_account(call.user)
    if draft.person(call.user).ban is not None:
        draft.entries.append(MemberUnbanned(call.user))
        draft.audit(member.user, "unban", call.user)
    return results.Empty()


@decides(Mute)
def mute(draft: Draft, room: Room, member: Member, call: Mute) -> results.Empty:
    require_target(PERMISSIONS[Mute], member, draft.member(call.user))
    draft.require_account(call.user)
    sanction = _sanction(draft, call)
    if draft.mute(call.user) != sanction:
        draft.entries.append(MemberMuted(call.user, member.user, draft.stamp, sanction))
        draft.audit(member.user, "mute", call.user, {"until": call.until, "reason": call.reason})
    return results.Empty()


@decides(Unmute)
def unmute(draft: Draft, room: Room, member: Member, call: Unmute) -> results.Empty:
    require_target(PERMISSIONS[Unmute], member, draft.member(call.user))
    draft.require_account(call.user)
    if draft.mute(call.user) is not None:
        draft.entries.append(MemberUnmuted(call.user))
        draft.audit(member.user, "unmute", call.user)
    return results.Empty()


def _sanction(draft: Draft, call: Ban | Mute) -> Sanction:
    sanction = Sanction(call.until, call.reason or "")
    if not sanction.holds(draft.stamp):
        raise Refused("invalid_params", "until: is in the past")
    return sanction


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
    heir = draft.ahead.successor
    if target.role == "owner" and (heir is None or heir.role != "owner"):
        raise Refused("conflict", "role: you are the last owner; make another one first")
    draft.entries.append(RoleChanged(call.user, call.role))
    draft.audit(member.user, "setRole", call.user, {"role": call.role, "was": target.role})
    return results.Empty()


@decides(DeleteMessagesOf)
def delete_messages_of(
    draft: Draft, room: Room, member: Member, call: DeleteMessagesOf
) -> results.Swept:
    require_target(PERMISSIONS[DeleteMessagesOf], member, draft.member(call.user))
    draft.require_account(call.user)
    written = draft.ahead.written
    # Some may have been pruned since they were looked up.
    messages = [message for seq in written.seqs if (message := draft.message(seq)) is not None]
    for message in messages:
        erase(draft, message)
    if messages and call.user != member.user:
        draft.audit(member.user, "deleteMessagesOf", call.user, {"count": len(messages)})
    return results.Swept(len(messages), written.next)
