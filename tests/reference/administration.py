"""Roles of accounts on the server, and the audit of acts on others."""

import json
from typing import Any

import attrs

from chatroom.model import AuditAct, AuditEntry, JsonObject, ServerRole
from chatroom.protocol import results

from .outcome import Done, Refusal
from .pages import PagesModel, Params
from .room import RoomModel


@attrs.define
class AdministrationModel(PagesModel):
    """A caller without an account is the operator.

    :ivar users: names of accounts.
    :ivar admins: those that are admins of the server.
    """

    users: set[str] = attrs.Factory(set)
    admins: set[str] = attrs.Factory(set)

    def room_of(self, user: str, name: str) -> RoomModel:
        """Return a room of which the user is a member. :raises Refusal: there is none."""
        if name not in self.rooms:
            raise Refusal("not_found")
        room = self.rooms[name]
        if user not in room.members:
            raise Refusal("not_found" if room.visibility == "private" else "forbidden")
        return room

    def set_server_role(self, user: str, target: str, role: ServerRole, now: int) -> Done:
        by = user if user in self.users else None
        if by is not None and by not in self.admins:
            raise Refusal("forbidden")
        if target not in self.users:
            raise Refusal("not_found")
        if by is not None and role == "member" and not self.admins - {target}:
            raise Refusal("conflict")
        after = self.admins | {target} if role == "admin" else self.admins - {target}
        if after != self.admins:
            self.admins = after
            self.note(audited("setServerRole", by, now, user=target, role=role))
        return Done()

    def listed_audit(self, user: str, params: Params) -> results.Audit:
        """List entries, the latest first in each room. OPEN: the order between rooms."""
        room = params.get("room")
        if user not in self.admins:
            if room is None:
                raise Refusal("forbidden")
            self.room_of(user, room)
        shown = self.audit.values() if room is None else [self.audit.get(room, [])]
        return results.Audit(tuple(entry for entries in shown for entry in reversed(entries)), None)


def audited(
    act: AuditAct,
    by: str | None,
    at: int,
    *,
    room: str | None = None,
    user: str | None = None,
    **details: Any,
) -> AuditEntry:
    """Return an entry. Details that are None are left out."""
    known = {name: value for name, value in details.items() if value is not None}
    return AuditEntry(at, act, by, room, user, JsonObject(json.dumps(known)) if known else None)
