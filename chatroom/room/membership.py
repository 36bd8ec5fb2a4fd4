"""The rules of rooms and membership: join, create, delete, leave and invite. Pure."""

from typing import Final

import attrs

from ..accounts.invitations import is_valid, not_valid
from ..errors import Refused
from ..model import Member, Role, Room, Visibility
from ..protocol import results
from ..protocol.calls import (
    CreateGroup,
    CreateRoom,
    DeleteRoom,
    EnterRoom,
    Invite,
    JoinRoom,
    LeaveRoom,
)
from ..store.events import InvitationUsed, MemberRemoved, RoleChanged, RoomDeleted
from . import quotas
from .deciding import Rules
from .draft import Draft
from .permissions import no_longer_in_group, no_such_room, require_least, retired_name

MAX_TITLE_CHARS: Final = 80

RULES: Final = Rules()
decides = RULES.decides


@decides(JoinRoom)
def join(draft: Draft, user: str, call: JoinRoom) -> results.Joined:
    room, member = draft.room, draft.member(user)
    if room is None:
        _require_living(draft)
        if not call.create or not _may_make(draft, user):
            raise no_such_room()  # as for a private room
        return _make(draft, user, "public", draft.name, "")
    if member is not None:
        return _joined(room, member, created=False)
    if room.visibility == "private":
        raise no_such_room()
    if (ban := draft.ban(user)) is not None:
        raise Refused("banned", f"room: you are banned{ban.why}", ban.left(draft.stamp))
    quotas.require_joining(draft.terms, draft.usage(user))
    # The first person to join an empty room becomes its owner.
    role: Role = "member" if room.members else "owner"
    return _joined(room, draft.enter(room, user, role), created=False)


@decides(CreateRoom)
def create(draft: Draft, user: str, call: CreateRoom) -> results.Joined:
    quotas.require_maker(draft.terms, draft.context, user)
    if draft.room is not None:
        raise Refused("conflict", "room: the name is taken")
    _require_living(draft)
    return _make(draft, user, call.visibility, call.title or draft.name, call.topic or "")


@decides(CreateGroup)
def create_group(draft: Draft, user: str, call: CreateGroup) -> results.Joined:
    if draft.room is not None:
        if (member := draft.member(user)) is None:
            raise no_longer_in_group()
        return _joined(draft.room, member, created=False)
    quotas.require_maker(draft.terms, draft.context, user)
    _require_living(draft)
    others = [name for name in call.users if name != user]
    for name in others:
        draft.require_account(name)
        stranger = (user, name) not in draft.context.acquainted
        quotas.require_acquainted(draft.terms, stranger=stranger)
        quotas.require_unblocked(draft.context, user, name)
        quotas.require_place(draft.terms, draft.usage(name))
    strangers = [name for name in others if (user, name) not in draft.context.acquainted]
    if strangers:
        quotas.require_contact(draft.terms, draft.usage(user), draft.now, len(strangers))
    people = ", ".join(draft.person(name).display_name or name for name in (user, *others))
    title = people if len(people) <= MAX_TITLE_CHARS else f"{people[: MAX_TITLE_CHARS - 1]}\u2026"
    joined = _make(draft, user, "private", title, "")
    for name in others:
        draft.enter(draft.require_room(), name, "member")
    for _ in strangers:
        draft.count(user, "strangers")
    return joined


@decides(EnterRoom)
def enter_room(draft: Draft, user: str, call: EnterRoom) -> results.Joined:
    member, admin = draft.member(user), user in draft.context.admins
    room = draft.room
    hidden = room is None or (room.visibility == "private" and member is None and not admin)
    if room is None or hidden or room.kind == "direct":
        raise no_such_room()
    if not admin:
        raise Refused("forbidden", "room: only admins of the server may do this")
    if member is not None and member.role == "owner":
        return _joined(room, member, created=False)
    if not draft.context.abandoned:
        raise Refused("forbidden", "room: it has an owner who can act")
    if member is None:
        member = draft.enter(room, user, "owner")
    else:
        member = attrs.evolve(member, role="owner")
        draft.entries.append(RoleChanged(user, "owner"))
    draft.audit(user, "enterRoom")
    return _joined(room, member, created=False)


def admit(draft: Draft, user: str) -> results.Empty:
    """Make a user a member by an invitation. Its use is counted once for each person.

    A person who was removed can return only while the invitation has uses left.
    """
    room, offer = draft.room, draft.context.offer
    leads = room is not None and offer is not None and offer.invitation.room == room.name
    if room is None or offer is None or not leads or not is_valid(offer, draft.now):
        raise not_valid()
    comes = draft.member(user) is None
    if comes and offer.entered and not offer.invitation.open_at(draft.now):
        raise not_valid()
    if (ban := draft.ban(user)) is not None:
        raise Refused("banned", f"room: you are banned{ban.why}", ban.left(draft.stamp))
    if comes:
        quotas.require_joining(draft.terms, draft.usage(user))
        draft.enter(room, user, "member" if room.members else "owner")
    if not offer.entered:
        draft.entries.append(InvitationUsed(offer.invitation.id, user, draft.now))
    return results.Empty()


@decides(DeleteRoom)
def delete_room(draft: Draft, room: Room, member: Member, call: DeleteRoom) -> results.Empty:
    draft.audit(member.user, "deleteRoom")
    draft.entries.append(RoomDeleted(draft.stamp))
    return results.Empty()


def _may_make(draft: Draft, user: str) -> bool:
    return not draft.terms.admins_make_rooms or user in draft.context.admins


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
    hand_over(draft, member)
    return results.Empty()


def hand_over(draft: Draft, member: Member) -> None:
    """End a membership. The successor becomes the owner if the last one goes."""
    draft.entries.append(MemberRemoved(member.user))
    heir = draft.ahead.successor
    if member.role == "owner" and heir is not None and heir.role != "owner":
        draft.entries.append(RoleChanged(heir.user, "owner"))


@decides(Invite)
def invite(draft: Draft, room: Room, member: Member, call: Invite) -> results.Empty:
    user, invited = member.user, call.user
    if room.policy.inviting == "moderators":
        require_least("moderator", member, "room")
    draft.require_account(invited)
    if draft.ban(invited) is not None:
        raise Refused("banned", "user: is banned from the room; unban first")
    if draft.member(invited) is not None:
        return results.Empty()
    strangers = (user, invited) not in draft.context.acquainted
    quotas.require_acquainted(draft.terms, stranger=strangers)
    quotas.require_unblocked(draft.context, user, invited)
    quotas.require_place(draft.terms, draft.usage(invited))
    if strangers:
        quotas.require_contact(draft.terms, draft.usage(user), draft.now)
    draft.enter(room, invited, "member")
    if strangers:
        draft.count(user, "strangers")
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
        posting=room.policy.posting,
        inviting=room.policy.inviting,
        slow_mode_s=room.policy.slow_mode_s,
        archived=room.policy.archived,
    )
