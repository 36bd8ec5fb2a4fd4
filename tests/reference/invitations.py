"""Invitations by link: who makes, sees and revokes them, and who comes by them."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import attrs

from chatroom.model import AuditEntry
from chatroom.protocol import results
from chatroom.store.events import InvitationUsed, RoomEvent

from .administration import AdministrationModel, audited
from .outcome import Done, Refusal
from .pages import Params
from .room import RoomModel

INVITATION_CALLS: Final = frozenset({"createInvitation", "listInvitations", "revokeInvitation"})


@attrs.define
class InvitationModel:
    """An invitation.

    :ivar id: None while only a lost reply had it.
    :ivar code: None if only a lost reply had it.
    :ivar users: who came by it, in order.
    :ivar entered: those of them who entered its room. Who has signed up by it may do so later.
    """

    by: str
    created_at: int
    room: str | None
    server: bool
    expires_at: int | None
    max_uses: int | None
    id: str | None
    code: str | None
    users: list[str] = attrs.Factory(list)
    entered: set[str] = attrs.Factory(set)
    revoked_at: int | None = None

    def open_at(self, now: int, *, counted: bool = True) -> bool:
        """Return whether people may come by it. ``counted``: as long as uses are left."""
        ended = self.expires_at is not None and self.expires_at <= now
        used_up = self.max_uses is not None and len(self.users) >= self.max_uses
        return self.revoked_at is None and not ended and not (counted and used_up)


@attrs.define
class InvitationsModel(AdministrationModel):
    """:ivar invitations: in the order in which they were made."""

    invitations: list[InvitationModel] = attrs.Factory(list)

    def on_invitations(
        self, user: str, method: str, params: Params, now: int, chosen: Mapping[str, Any]
    ) -> Done:
        """Make one of :data:`INVITATION_CALLS`. :raises Refusal: it must be refused."""
        match method:
            case "createInvitation":
                return self._create_invitation(user, params, now, chosen)
            case "listInvitations":
                room = params.get("room")
                if room is not None and not self.is_admin(user):
                    self.room_of(user, room)
                self._identify(chosen.get("invitations", ()))
                seen = (each for each in self.invitations if self._sees(user, each))
                listed = (_listed(each) for each in seen if room in (None, each.room))
                return Done(results.Invitations(tuple(listed), None))
            case _:
                for invitation in self.invitations:
                    if invitation.id == params["id"] and self._sees(user, invitation):
                        if invitation.revoked_at is None:
                            invitation.revoked_at = now
                            self.note(_revoked(invitation, user))
                        return Done()
                raise Refusal("not_found")

    def _create_invitation(
        self, user: str, params: Params, now: int, chosen: Mapping[str, Any]
    ) -> Done:
        room, server = params.get("room"), params.get("server", False)
        expires_at = params.get("expiresAt")
        if room is None and not server:
            raise Refusal("invalid_params")
        if expires_at is not None and expires_at <= now:
            raise Refusal("invalid_params")
        self._require_inviting(user, room, server=server)
        id_, code = chosen.get("id"), chosen.get("code")
        limits = expires_at, params.get("maxUses")
        self.invitations.append(InvitationModel(user, now, room, server, *limits, id_, code))
        return Done(results.NewInvitation(id_ or "", code or ""))

    def _require_inviting(self, user: str, name: str | None, *, server: bool) -> None:
        if user in self.disabled or (server and not self.is_admin(user)):
            raise Refusal("forbidden")
        if name is None:
            return
        room = self.room_of(user, name)
        restricted = room.policy.inviting == "moderators" and room.members[user].role == "member"
        if room.kind == "direct" or restricted:
            raise Refusal("forbidden")

    def _sees(self, user: str, invitation: InvitationModel) -> bool:
        room = self.rooms.get(invitation.room or "")
        member = None if room is None else room.members.get(user)
        return (
            user == invitation.by
            or self.is_admin(user)
            or (member is not None and member.role != "member")
        )

    def _identify(self, shown: Sequence[Mapping[str, Any]]) -> None:
        """Learn the ids of invitations whose reply was lost. Alike ones are interchangeable."""
        known = {each.id for each in self.invitations}
        for one in shown:
            for each in self.invitations:
                alike = (each.by, each.room, each.server, each.expires_at, each.max_uses) == (
                    *(one["by"], one.get("room"), one["server"]),
                    *(one.get("expiresAt"), one.get("maxUses")),
                )
                if one["id"] not in known and each.id is None and alike:
                    each.id = one["id"]
                    break

    def offered(self, user: str, code: str, now: int) -> RoomModel:
        """Return the room to which a valid code leads. :raises Refusal: it is not valid."""
        invitation = self._invitation(code)
        if invitation is None or not self._is_valid(invitation, user, now):
            raise Refusal("not_found")
        if invitation.room is None:
            raise Refusal("conflict")
        room, entered = self.rooms[invitation.room], user in invitation.entered
        if user not in room.members and entered and not invitation.open_at(now):
            raise Refusal("not_found")
        return room

    def offered_to_stranger(self, user: str, code: str, now: int) -> InvitationModel:
        """Return the invitation by which somebody may sign up. :raises Refusal: there is none."""
        invitation = self._invitation(code)
        if invitation is not None and user in invitation.users:
            raise Refusal("conflict")
        if invitation is None or not self._is_valid(invitation, user, now):
            raise Refusal("forbidden")
        return invitation

    def _invitation(self, code: str) -> InvitationModel | None:
        return next((each for each in self.invitations if each.code == code), None)

    def _is_valid(self, invitation: InvitationModel, user: str, now: int) -> bool:
        try:
            self._require_inviting(invitation.by, invitation.room, server=invitation.server)
        except Refusal:
            return False
        return invitation.open_at(now, counted=user not in invitation.users)

    def count_use(self, user: str, code: str, now: int) -> list[RoomEvent]:
        """Count that a person comes by a code, once. Returns the event of that."""
        [invitation] = [each for each in self.invitations if each.code == code]
        if user in invitation.entered:
            return []
        invitation.entered.add(user)
        if user not in invitation.users:
            invitation.users.append(user)
        return [InvitationUsed(invitation.id or "", user, now)]


def _revoked(invitation: InvitationModel, by: str) -> AuditEntry:
    at = invitation.revoked_at or 0
    about, id_ = {"room": invitation.room, "user": invitation.by}, invitation.id
    return audited("revokeInvitation", by, at, **about, id=id_)


def _listed(invitation: InvitationModel) -> results.ListedInvitation:
    return results.ListedInvitation(
        id=invitation.id or "",
        timestamp=invitation.created_at,
        server=invitation.server,
        uses=len(invitation.users),
        users=tuple(reversed(invitation.users)),
        by=invitation.by,
        room=invitation.room,
        expires_at=invitation.expires_at,
        max_uses=invitation.max_uses,
        revoked_at=invitation.revoked_at,
    )
