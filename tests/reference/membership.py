"""Calls on members, on the model of a server: who is in a room, and who may do what there."""

from typing import Any

import attrs

from chatroom.model import Kind, Member, Role, Room, RoomPolicy, Sanction, Visibility, direct_pair
from chatroom.protocol import results
from chatroom.store.events import (
    Audited,
    MemberAdded,
    MemberBanned,
    MemberMuted,
    MemberRemoved,
    MemberUnbanned,
    MemberUnmuted,
    RoleChanged,
    RoomConfigured,
    RoomCreated,
    RoomEvent,
)

from .administration import audited
from .invitations import InvitationsModel
from .outcome import Done, Refusal
from .pages import Params, shown_policy
from .room import RoomModel
from .room_reads import ROLES


@attrs.define
class MembershipModel(InvitationsModel):
    """:ivar blocks: pairs of the user who blocks, and the blocked user."""

    blocks: set[tuple[str, str]] = attrs.Factory(set)

    def _know(self, user: str) -> None:
        if user not in self.users - self.erased:
            raise Refusal("not_found")

    def _join(self, user: str, name: str, create: bool, now: int) -> Done:
        if name in self.deleted:
            raise Refusal("conflict")
        if create and name not in self.rooms:
            return self._create(user, name, "public", now)
        room, events = self._room(name), list[RoomEvent]()
        if user not in room.members:
            if room.visibility == "private":
                raise Refusal("not_found")
            if user in room.banned:
                raise Refusal("banned")
            events.append(self._enters(room, user, "member" if room.members else "owner", now))
        done = self._did(name, *events)
        return attrs.evolve(done, result=self.joined(name, user, created=False))

    def _create(self, user: str, name: str, visibility: Visibility, now: int) -> Done:
        if name in self.deleted or name in self.rooms:
            raise Refusal("conflict")
        done = self._make(name, visibility, now, (user, "owner"))
        return attrs.evolve(done, result=self.joined(name, user, created=True))

    def _make(self, name: str, visibility: Visibility, now: int, *people: tuple[str, Role]) -> Done:
        kind: Kind = "direct" if direct_pair(name) else "room"
        room = Room(name, kind, visibility, name, "", now)
        entered = [MemberAdded(Member(name, user, user, role, now)) for user, role in people]
        return self._did(name, RoomCreated(room), *entered)

    def _enters(self, room: RoomModel, user: str, role: Role, now: int) -> MemberAdded:
        """Add a member. All earlier messages count as read."""
        at = self.time_in(room, now)
        return MemberAdded(Member(room.name, user, user, role, at, read_seq=room.head_seq))

    def _accept(self, user: str, code: str, now: int) -> Done:
        room, events = self.offered(user, code, now), list[RoomEvent]()
        if user in room.banned:
            raise Refusal("banned")
        if user not in room.members:
            events.append(self._enters(room, user, "member", now))
        done = self._did(room.name, *events, *self.count_use(user, code, now))
        return attrs.evolve(done, result=results.Accepted(room.name))

    def sign_up(self, user: str, code: str | None, now: int) -> Done:
        """Add an account, perhaps by an invitation, and let it into the room of that if possible.

        :raises Refusal: the sign-up must be refused.
        """
        invitation = None if code is None else self.offered_to_stranger(user, code, now)
        if user in self.users:
            raise Refusal("conflict")
        self.users.add(user)
        if code is None or invitation is None:
            return Done()
        invitation.users.append(user)
        try:
            return self._accept(user, code, now)
        except Refusal:
            return Done()

    def _enter_abandoned(self, user: str, name: str, now: int) -> Done:
        room, is_admin = self._room(name), self.is_admin(user)
        member = room.members.get(user)
        hidden = room.visibility == "private" and member is None and not is_admin
        if hidden or room.kind == "direct":
            raise Refusal("not_found")
        if not is_admin:
            raise Refusal("forbidden")
        if member is not None and member.role == "owner":
            return Done(self.joined(name, user, created=False), name)
        if not self.is_abandoned(room):
            raise Refusal("forbidden")
        comes = self._enters(room, user, "owner", now)
        event = comes if member is None else RoleChanged(user, "owner")
        done = self._did(name, event, self._audited(room, "enterRoom", user, now))
        return attrs.evolve(done, result=self.joined(name, user, created=False))

    def _require_moderating(self, room: RoomModel, user: str, method: str, target: str) -> None:
        role, member = room.members[user].role, room.members.get(target)
        invited = method == "invite" and room.policy.inviting == "all"
        if room.kind == "direct" or (role == "member" and not invited):
            raise Refusal("forbidden")
        if member is None or method in ("invite", "unban"):
            return
        if method == "deleteMessagesOf" and user == target:
            return
        if not _is_above(role, member.role):
            raise Refusal("forbidden")

    def _moderate(self, room: RoomModel, user: str, method: str, params: Params, now: int) -> Done:
        target = params["user"]
        member = room.members.get(target)
        self._require_moderating(room, user, method, target)
        self._know(target)
        limits = {"until": params.get("until"), "reason": params.get("reason")}
        sanction, at = Sanction(limits["until"], limits["reason"] or ""), self.time_in(room, now)
        ban, mute = room.banned.get(target), room.muted.get(target)
        details = limits if method in ("ban", "mute") else {}
        entry = self._audited(room, method, user, now, target, **details)
        match method:
            case "mute" if mute is None or mute.sanction != sanction:
                done = self._did(room.name, MemberMuted(target, user, at, sanction), entry)
                return attrs.evolve(done, muted_member=target if member else None)
            case "unmute" if mute:
                done = self._did(room.name, MemberUnmuted(target), entry)
                return attrs.evolve(done, muted_member=target if member else None)
            case "invite" if ban:
                raise Refusal("banned")
            case "invite" if member is None:
                self._require_unblocked(user, target)
                return self._did(room.name, self._enters(room, target, "member", now))
            case "removeMember" if member is None:
                raise Refusal("not_found")  # OPEN
            case "removeMember":
                return self._did(room.name, *self._leaves(room, target), entry)
            case "ban":
                bans: list[RoomEvent] = [MemberBanned(target, user, at, sanction), entry]
                if ban and ban.sanction == sanction:
                    bans.clear()
                return self._did(room.name, *bans, *(self._leaves(room, target) if member else ()))
            case "unban" if ban:
                return self._did(room.name, MemberUnbanned(target), entry)
            case _:
                return Done(room=room.name)  # nothing changes

    def _leaves(self, room: RoomModel, user: str) -> list[RoomEvent]:
        """Remove a member. If that was the last owner who can act, another one follows."""
        events: list[RoomEvent] = [MemberRemoved(user)]
        owned = room.members[user].role == "owner"
        heir = room.successor(user, self.disabled) if owned else None
        if heir is not None and room.members[heir].role != "owner":
            events.append(RoleChanged(heir, "owner"))
        return events

    def _set_room(self, room: RoomModel, user: str, params: Params, now: int) -> Done:
        role = room.members[user].role
        if room.kind == "direct" or role == "member":
            raise Refusal("forbidden")
        was = {"title": room.title, "topic": room.topic, "visibility": room.visibility}
        was |= shown_policy(room.policy)
        settings: dict[str, Any] = was | {
            name: value for name, value in params.items() if name != "room"
        }
        for name in ("visibility", "archived"):
            if settings[name] != was[name] and role != "owner":
                raise Refusal("forbidden")
        result = results.RoomSettings(room=room.name, **settings)
        event = RoomConfigured(
            title=settings.pop("title"),
            topic=settings.pop("topic"),
            visibility=settings.pop("visibility"),
            policy=RoomPolicy(**settings),
            version=room.version + 1,
        )
        changed = room.copy()
        changed.apply(event)
        new = {name: value for name, value in params.items() if value != was.get(name)}
        del new["room"]
        entry = self._audited(room, "setRoom", user, now, **new)
        done = self._did(room.name, *([event, entry] if changed != room else ()))
        return attrs.evolve(done, result=result)

    def _set_role(self, room: RoomModel, user: str, target: str, role: Role, now: int) -> Done:
        member = room.members.get(target)
        owners = [name for name, each in room.members.items() if each.role == "owner"]
        if room.kind == "direct" or user not in owners:
            raise Refusal("forbidden")
        self._know(target)
        if member is None:
            raise Refusal("not_found")
        if member.role == role:
            return Done(room=room.name)
        if target in owners and target != user:
            raise Refusal("forbidden")
        if target in owners and not set(owners) - self.disabled - {target}:
            raise Refusal("conflict")
        entry = self._audited(room, "setRole", user, now, target, role=role, was=member.role)
        return self._did(room.name, RoleChanged(target, role), entry)

    def _block(self, user: str, other: str) -> None:
        if user == other:
            raise Refusal("invalid_params")
        if other not in self.users:
            raise Refusal("not_found")
        self.blocks.add((user, other))

    def _require_unblocked(self, user: str, other: str) -> None:
        if (other, user) in self.blocks:
            raise Refusal("forbidden")

    def _require_writing(self, room: RoomModel, user: str) -> None:
        for_moderators = room.policy.posting == "moderators"
        if room.policy.archived or (for_moderators and room.members[user].role == "member"):
            raise Refusal("forbidden")
        self._require_voice(room, user)

    def _require_voice(self, room: RoomModel, user: str) -> None:
        if user in room.muted:
            raise Refusal("muted")
        self._require_unblocked_in(room.name, user)

    def _require_unblocked_in(self, name: str, user: str) -> None:
        """In a direct room, check that the other person does not block the user."""
        for other in direct_pair(name) or ():
            self._require_unblocked(user, other)

    # ---- commits

    def _audited(
        self,
        room: RoomModel,
        act: Any,
        by: str | None,
        now: int,
        user: str | None = None,
        **details: Any,
    ) -> Audited:
        at = self.time_in(room, now)
        return Audited(audited(act, by, at, room=room.name, user=user, **details))

    def _did(self, room: str, *events: RoomEvent) -> Done:
        return Done(room=room, events=self.commit(room, events))

    def _room(self, name: str) -> RoomModel:
        if name not in self.rooms:
            raise Refusal("not_found")
        return self.rooms[name]


def _is_above(role: Role, other: Role) -> bool:
    return ROLES.index(role) < ROLES.index(other)
