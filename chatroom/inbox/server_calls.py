"""Calls of one person on the server as a whole. A background task of the inbox handles them.

The commit of each judges by the roles that the database has then, and a list by those of its
snapshot.
"""

from typing import Any, Final, Protocol, TypeAlias, get_args

from ..accounts.accounts import Accounts
from ..accounts.invitations import EnterByCode
from ..admin.server_state import ServerStateKeeper
from ..errors import Refused
from ..hub.envelope import Envelope
from ..hub.hub import Hub
from ..protocol import results
from ..protocol.calls import (
    AcceptInvitation,
    Announce,
    CreateInvitation,
    DisableAccount,
    EnableAccount,
    EraseAccount,
    ListAudit,
    ListInvitations,
    RevokeInvitation,
    SetServer,
    SetServerRole,
)
from ..protocol.codec import parse_number
from ..protocol.declaring import Call
from ..store.access import AccessStore
from ..store.audit import AuditFilter, AuditPage, AuditStore
from .ordered_calls import OrderedCalls
from .outsiders import outsider

ServerCall: TypeAlias = (
    SetServer
    | Announce
    | SetServerRole
    | DisableAccount
    | EnableAccount
    | EraseAccount
    | ListAudit
    | AcceptInvitation
    | CreateInvitation
    | ListInvitations
    | RevokeInvitation
)


class ServerCallStore(AuditStore, AccessStore, Protocol):
    """What these calls read."""


class ServerCalls:
    """The calls of one person, in order of arrival."""

    calls: Final[tuple[type[Call[Any]], ...]] = get_args(ServerCall)

    def __init__(
        self,
        user: str,
        accounts: Accounts,
        server: ServerStateKeeper,
        store: ServerCallStore,
        hub: Hub,
        enter_room: EnterByCode,
    ) -> None:
        self._user = user
        self._accounts = accounts
        self._server = server
        self._store = store
        self._hub = hub
        self._enter_room = enter_room
        self.handle: Final = OrderedCalls(user, "server", hub, self._do).handle

    async def _do(self, envelope: Envelope[ServerCall]) -> object:
        """:raises Refused: the call is denied."""
        call = envelope.call
        match call:
            case SetServer():
                return await self._server.set(call, self._user)
            case Announce():
                return await self._server.announce(call, self._user)
            case SetServerRole(user, role):
                await self._accounts.set_role(user, role, by=self._user)
            case DisableAccount(user):
                await self._accounts.disable(user, by=self._user)
            case EnableAccount(user):
                await self._accounts.enable(user, by=self._user)
            case EraseAccount(user):
                await self._accounts.erase(user, by=self._user)
            case AcceptInvitation(code):
                accepted = await self._accounts.accept(self._user, code, self._enter_room)
                became = accepted.role if accepted.role == "admin" else None
                return results.Accepted(accepted.room, became)
            case CreateInvitation():
                return await self._create_invitation(call)
            case ListInvitations(room, after, limit):
                if room is not None:
                    await self._require_access(room)
                return await self._accounts.invitations.listing(self._user, room, after, limit)
            case RevokeInvitation(invitation_id):
                await self._accounts.revoke_invitation(invitation_id, by=self._user)
            case ListAudit():
                return await self._audit(call)
        return results.Empty()

    async def _create_invitation(self, call: CreateInvitation) -> results.NewInvitation:
        code, invitation = await self._accounts.invitations.create(
            self._user,
            server=call.server,
            room=call.room,
            expires_at=call.expires_at,
            max_uses=call.max_uses,
        )
        return results.NewInvitation(invitation.id, code)

    async def _require_access(self, room: str) -> None:
        """:raises Refused: the person is neither a member of the room nor an admin."""
        access = await self._store.room_access(room, self._user, None)
        if not (
            access.is_admin or (access.is_member and self._hub.inboxes.follows(self._user, room))
        ):
            raise outsider(access.room)

    async def _audit(self, call: ListAudit) -> results.Audit:
        before = None if call.after is None else parse_number(call.after)
        wanted = AuditFilter(call.by, call.user, call.act, call.since, call.until)
        page = await self._store.audit(self._user, call.room, before, call.limit, wanted)
        self._require_reader(call.room, page)
        return results.Audit(page.entries, None if page.next is None else str(page.next))

    def _require_reader(self, room: str | None, page: AuditPage) -> None:
        """Check in the step that replies: a member may have left since the read (I5).

        :raises Refused: ``forbidden``, or ``not_found`` for a room that is not visible.
        """
        if page.reader == "admin":
            return
        if room is None:
            raise Refused("forbidden", "only admins of the server may do this without a room")
        if page.reader is not None and self._hub.inboxes.follows(self._user, room):
            return
        raise outsider(page.room)
