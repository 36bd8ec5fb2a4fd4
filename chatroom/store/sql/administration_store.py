"""Admins, disabled accounts and invitations: see :mod:`.administration` and :mod:`.invitations`."""

from collections.abc import Callable

from ...errors import Refused
from ...model import Account, Invitation, ServerRole, ServerState, Token
from ..administration import Act, Denial, ServerChange
from ..audit import ALL, AuditFilter, AuditPage
from ..handovers import Handover
from ..invitations import InvitationPage, Inviter, Judge, Offer
from . import account_acts, administration, audit, erasures, handovers, invitations, server_state
from .database import SqlDatabase


class SqlAdministrationStore(SqlDatabase):
    # ---- roles and disabled accounts

    async def has_admin(self) -> bool:
        return await self._readers.read(administration.has_admin)

    async def set_server_role(self, name: str, role: ServerRole, act: Act) -> Denial | None:
        return await self._write(administration.set_server_role, name, role, act)

    async def denial(self, name: str, act: Act, *, stays_admin: bool) -> Denial | None:
        return await self._readers.read(administration.denial, name, act, stays_admin=stays_admin)

    async def server_state(self, default: ServerState) -> ServerState:
        return await self._readers.read(server_state.server_state, default)

    async def set_server(
        self, change: ServerChange, default: ServerState, act: Act
    ) -> ServerState | None:
        return await self._write(server_state.set_server, change, default, act)

    async def announce(
        self, text: str, until: int | None, default: ServerState, act: Act
    ) -> ServerState | None:
        return await self._write(server_state.announce, text, until, default, act)

    async def set_disabled(self, name: str, disabled: bool, act: Act) -> Denial | None:
        return await self._write(administration.set_disabled, name, disabled, act)

    async def audit(
        self,
        asker: str | None,
        room: str | None,
        before: int | None,
        limit: int,
        wanted: AuditFilter = ALL,
    ) -> AuditPage:
        return await self._readers.read_long(
            asker or "", audit.audit, asker, room, before, limit, wanted
        )

    async def handovers(self, after: str, limit: int) -> list[Handover]:
        return await self._readers.read(handovers.handovers, after, limit)

    async def ownerless(self, user: str, after: str, limit: int) -> list[str]:
        return await self._readers.read_long("", handovers.ownerless, user, after, limit)

    async def forget_handover(self, handover: Handover) -> None:
        await self._write(handovers.forget_handover, handover)

    async def rename(self, name: str, display_name: str, act: Act) -> Denial | None:
        return await self._write(account_acts.rename, name, display_name, act)

    async def reset_password_of(self, name: str, password: str, act: Act) -> Denial | None:
        return await self._write(account_acts.reset_password_of, name, password, act)

    async def end_log_ins(self, name: str, act: Act, token: Token | None = None) -> Denial | None:
        return await self._write(account_acts.end_log_ins, name, act, token)

    # ---- people who were erased

    async def erase_account(self, name: str, act: Act, *, own: bool = False) -> Denial | None:
        return await self._write(erasures.erase_account, name, act, own=own)

    async def erasure_denial(self, name: str, act: Act, *, own: bool = False) -> Denial | None:
        return await self._readers.read(erasures.erasure_denial, name, act, own=own)

    async def erasures(self, after: str, limit: int) -> list[str]:
        return await self._readers.read(erasures.erasures, after, limit)

    async def rooms_with(self, user: str, after: str, limit: int) -> tuple[list[str], str | None]:
        return await self._readers.read_long("", erasures.rooms_with, user, after, limit)

    async def forget_erasure(self, user: str) -> None:
        await self._write(erasures.forget_erasure, user)

    # ---- invitations

    async def offer(self, digest: bytes, user: str) -> Offer | None:
        return await self._readers.read(invitations.offer, digest, user)

    async def offer_admin(self, invitation: Invitation) -> bool:
        return await self._write(invitations.offer_admin, invitation)

    async def add_invitation(
        self, invitation: Invitation, judge: Callable[[Inviter], Refused | None]
    ) -> Refused | None:
        return await self._write(invitations.add_invitation, invitation, judge)

    async def add_invited(
        self, account: Account, digest: bytes, at: int, judge: Judge
    ) -> Refused | None:
        return await self._write(invitations.add_invited, account, digest, at, judge)

    async def become_admin(self, user: str, digest: bytes, at: int, judge: Judge) -> Refused | None:
        return await self._write(invitations.become_admin, user, digest, at, judge)

    async def invitations(
        self, asker: str | None, room: str | None, since: tuple[int, str] | None, limit: int
    ) -> InvitationPage:
        return await self._readers.read_long(
            asker or "", invitations.invitations, asker, room, since, limit
        )

    async def revoke_invitation(self, invitation_id: str, act: Act) -> bool:
        return await self._write(invitations.revoke_invitation, invitation_id, act)
