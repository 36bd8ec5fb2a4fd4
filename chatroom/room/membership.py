"""The rules of membership: joining, making, leaving, inviting, removing, banning. Pure."""

from ..errors import Refused
from ..model import Member, Role, Room, Visibility
from ..protocol import results
from ..store.events import (
    MemberBanned,
    MemberRemoved,
    MemberUnbanned,
    RoleChanged,
)
from . import mail, quotas
from .draft import Draft
from .permissions import no_such_room, require_moderating, retired_name


def join(draft: Draft, request: mail.Join) -> results.Joined:
    room, member = draft.room, draft.member(request.user)
    if room is None:
        _require_living(draft)
        if not request.create:
            raise no_such_room()
        return _make(draft, request.user, "public", draft.name, "")
    if member is not None:
        return _joined(room, member, created=False)
    if room.visibility == "private":
        raise no_such_room()
    if draft.person(request.user).banned:
        raise Refused("banned", "room: you are banned from it")
    quotas.require_joining(draft.terms, draft.usage(request.user))
    # An empty room belongs to whoever comes next.
    role: Role = "member" if room.members else "owner"
    return _joined(room, draft.enter(room, request.user, role), created=False)


def create(draft: Draft, request: mail.Create) -> results.Joined:
    if draft.room is not None:
        raise Refused("conflict", "room: the name is taken")
    _require_living(draft)
    title = request.title or draft.name
    return _make(draft, request.user, request.visibility, title, request.topic or "")


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


def leave(draft: Draft, room: Room, member: Member) -> results.Empty:
    if room.kind == "direct":
        raise Refused("forbidden", "room: nobody leaves a direct room")
    draft.entries.append(MemberRemoved(member.user))
    heir = draft.successor
    if member.role == "owner" and heir is not None and heir.role != "owner":
        draft.entries.append(RoleChanged(heir.user, "owner"))
    return results.Empty()


def moderate(
    draft: Draft,
    request: mail.Invite | mail.Remove | mail.Ban | mail.Unban,
    room: Room,
    member: Member,
) -> results.Empty:
    name = request.target
    target, lower = draft.member(name), isinstance(request, mail.Remove | mail.Ban)
    require_moderating(room, member, target if lower else None)
    draft.require_account(name)
    banned = draft.person(name).banned
    match request:
        case mail.Invite():
            if banned:
                raise Refused("banned", "user: is banned from the room; unban first")
            if target is None:
                _invite(draft, room, request)
        case mail.Remove():
            if target is None:
                raise Refused("not_found", "user: is not a member")
            draft.entries.append(MemberRemoved(name))
        case mail.Ban():
            if not banned:
                draft.entries.append(MemberBanned(name, request.user, draft.stamp))
            if target is not None:
                draft.entries.append(MemberRemoved(name))
        case mail.Unban():
            if banned:
                draft.entries.append(MemberUnbanned(name))
    return results.Empty()


def _invite(draft: Draft, room: Room, request: mail.Invite) -> None:
    user, name = request.user, request.target
    quotas.require_unblocked(draft.context, user, name)
    quotas.require_place(draft.terms, draft.usage(name))
    strangers = (user, name) not in draft.context.acquainted
    if strangers:
        quotas.require_contact(draft.terms, draft.usage(user), draft.now)
    draft.enter(room, name, "member")
    if strangers:
        draft.count(user, "strangers")


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
