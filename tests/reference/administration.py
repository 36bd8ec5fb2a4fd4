"""Roles of accounts on the server, disabled accounts, and the audit of acts on others."""

import json
from collections.abc import Callable, Iterable, Iterator
from copy import copy
from typing import Any

import attrs

from chatroom.model import (
    Announcement,
    AuditAct,
    AuditEntry,
    JsonObject,
    ServerRole,
    ServerState,
)
from chatroom.protocol import results
from chatroom.protocol.results import Person
from chatroom.store.events import Audited, RoleChanged

from .outcome import Done, Refusal
from .pages import PagesModel, Params
from .room import RoomModel


@attrs.define
class AdministrationModel(PagesModel):
    """A caller without an account is the operator.

    :ivar users: names of accounts.
    :ivar admins: those that are admins of the server, also disabled ones.
    :ivar disabled: those that are disabled, and so those that were erased.
    :ivar erased: those of people who were erased.
    :ivar set_state: what admins have set of the server's state; empty: not set.
    :ivar announcement: the server's announcement.
    :ivar had_states: what the server has shown after each call.
    :ivar later: returns the later of two times.
    """

    users: set[str] = attrs.Factory(set)
    admins: set[str] = attrs.Factory(set)
    disabled: set[str] = attrs.Factory(set)
    erased: set[str] = attrs.Factory(set)
    set_state: dict[str, str] = attrs.Factory(dict)
    announcement: Announcement | None = None
    had_states: list[ServerState] = attrs.Factory(list)
    later: Callable[[int, int], int] = max

    def is_admin(self, user: str) -> bool:
        return user in self.admins - self.disabled

    def with_standings(self, user: str, people: Iterable[Person]) -> tuple[Person, ...]:
        """Return the people as somebody sees them: admins see who is admin or disabled."""
        if not self.is_admin(user):
            return tuple(people)
        return tuple(
            attrs.evolve(
                each,
                server_role="admin" if each.name in self.admins else "member",
                disabled=each.name in self.disabled,
            )
            for each in people
        )

    def is_abandoned(self, room: RoomModel) -> bool:
        """Return whether no owner of a room, which is not direct, can act."""
        owners = {name for name, each in room.members.items() if each.role == "owner"}
        return not owners - self.disabled

    def room_of(self, user: str, name: str) -> RoomModel:
        """Return a room of which the user is a member. :raises Refusal: there is none."""
        if name not in self.rooms:
            raise Refusal("not_found")
        room = self.rooms[name]
        if user not in room.members:
            raise Refusal("not_found" if room.visibility == "private" else "forbidden")
        return room

    def time_in(self, room: RoomModel, now: int) -> int:
        """Return the time of a change. A room's time does not decrease."""
        return self.later(now, room.last_timestamp) if room.head_seq else now

    def set_server_role(self, user: str, target: str, role: ServerRole, now: int) -> Done:
        by = self.judge(user, target, stays_admin=role == "admin")
        after = self.admins | {target} if role == "admin" else self.admins - {target}
        if after != self.admins:
            self.admins = after
            self.note(audited("setServerRole", by, now, user=target, role=role))
        return Done()

    def set_server(self, user: str, params: Params, now: int) -> Done:
        if not self.is_admin(user):
            raise Refusal("forbidden")
        changed = {
            field: params[field]
            for field in ("accent", "name", "readOnly")
            if params.get(field) is not None and params[field] != self.set_state.get(field, "")
        }
        self.set_state |= changed
        if changed:
            self.note(audited("setServer", user, now, **changed))
        return self._shown_state()

    def announce(self, user: str, text: str, until: int | None, now: int) -> Done:
        if not self.is_admin(user):
            raise Refusal("forbidden")
        if text or self.announcement:
            end = until if text else None
            self.note(audited("announce", user, now, text=text, until=end))
        self.announcement = Announcement(now, text, until) if text else None
        return self._shown_state()

    @property
    def server_state(self) -> ServerState:
        """What the server shows, while its announcement has not ended."""
        name, accent, read_only = (
            self.set_state.get(field, "") for field in ("name", "accent", "readOnly")
        )
        return ServerState(name or "chatroom", accent or None, read_only or None, self.announcement)

    def _shown_state(self) -> Done:
        self.had_states.append(self.server_state)
        return Done(self.had_states[-1])

    def judge(self, user: str, target: str, *, stays_admin: bool) -> str | None:
        """Return who acts on an account; None: the operator. :raises Refusal: they may not."""
        by = user if user in self.users else None
        if by is not None and not self.is_admin(by):
            raise Refusal("forbidden")
        if target not in self.users:
            raise Refusal("not_found")
        if target in self.erased:
            raise Refusal("conflict")
        if by is not None and not stays_admin and not self.admins - self.disabled - {target}:
            raise Refusal("conflict")
        return by

    def set_disabled(self, user: str, target: str, now: int, *, disabled: bool) -> Done:
        by = self.judge(user, target, stays_admin=not disabled)
        if (target in self.disabled) is disabled:
            return Done()
        if disabled:
            self.disabled.add(target)
        else:
            self.disabled.discard(target)
        self.note(audited("disableAccount" if disabled else "enableAccount", by, now, user=target))
        rooms = sorted(name for name, room in self.rooms.items() if target in room.members)
        return Done(handovers=[done for room in rooms for done in self._hand_on(room, now)])

    def _hand_on(self, name: str, now: int) -> Iterator[Done]:
        """Give a room another owner if none of its owners can act, but somebody can."""
        room = self.rooms[name]
        heir = None if room.kind == "direct" else room.successor("", self.disabled)
        if heir is not None and (was := room.members[heir].role) != "owner":
            at = self.time_in(room, copy(now))
            entry = audited("setRole", None, at, room=name, user=heir, role="owner", was=was)
            yield Done(
                room=name, events=self.commit(name, [RoleChanged(heir, "owner"), Audited(entry)])
            )

    def listed_audit(self, user: str, params: Params) -> results.Audit:
        """List entries, the latest first in each room. OPEN: the order between rooms."""
        room = params.get("room")
        if not self.is_admin(user):
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
