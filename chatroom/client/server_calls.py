"""Calls on the server as a whole."""

from ..model import AuditAct, ServerRole, ServerState
from ..protocol import results
from ..protocol.calls import (
    AcceptInvitation,
    Announce,
    CreateInvitation,
    DisableAccount,
    EnableAccount,
    EnterRoom,
    EraseAccount,
    ListAudit,
    ListInvitations,
    RevokeInvitation,
    SetServer,
    SetServerRole,
)
from ..protocol.field_types import (
    Accent,
    AnnouncementText,
    Code,
    InvitationCursor,
    InvitationId,
    Limit,
    NumberCursor,
    ReadOnlyReason,
    RoomName,
    ServerName,
    Time,
    UserName,
    Uses,
)
from .call_methods import CallMethods, optional


class ServerCalls(CallMethods):
    """Calls on the server as a whole."""

    async def set_server_role(self, user: str, role: ServerRole) -> None:
        """Make a user an admin of the server, or a member as others; for admins."""
        await self.call(SetServerRole(UserName(user), role))

    async def set_server(
        self,
        *,
        name: str | None = None,
        accent: str | None = None,
        read_only: str | None = None,
    ) -> ServerState:
        """Set the server's name, the colour of its page, ``#rrggbb``, and why calls that write are
        refused; for admins. None: as it is. An empty name or colour: as in the server's settings;
        an empty ``read_only``: calls may write.
        """
        return await self.call(
            SetServer(
                optional(ServerName, name),
                optional(Accent, accent),
                optional(ReadOnlyReason, read_only),
            )
        )

    async def announce(self, text: str, *, until: int | None = None) -> ServerState:
        """Show a notice to everybody, until a time in ms since the epoch or until another one
        replaces it; for admins. An empty text takes it back."""
        return await self.call(Announce(AnnouncementText(text), optional(Time, until)))

    async def disable_account(self, user: str) -> None:
        """End the user's sessions and forbid to log in; for admins."""
        await self.call(DisableAccount(UserName(user)))

    async def enable_account(self, user: str) -> None:
        await self.call(EnableAccount(UserName(user)))

    async def erase_account(self, user: str) -> None:
        """Delete the user's account for ever, with its messages and files; for admins."""
        await self.call(EraseAccount(UserName(user)))

    async def enter_room(self, room: str) -> results.Joined:
        """Become an owner of an abandoned room; for admins of the server."""
        return await self.call(EnterRoom(RoomName(room)))

    async def list_audit(
        self,
        room: str | None = None,
        *,
        by: str | None = None,
        user: str | None = None,
        act: AuditAct | None = None,
        since: int | None = None,
        until: int | None = None,
        after: str | None = None,
        limit: int = results.PAGE,
    ) -> results.Audit:
        """Return what admins, moderators and owners have done to others, newest first: in a room
        for its members, everywhere for admins of the server.

        :param since: in ms since the epoch, as ``until``, which is the first time left out.
        """
        return await self.call(
            ListAudit(
                optional(RoomName, room),
                optional(UserName, by),
                optional(UserName, user),
                act,
                optional(Time, since),
                optional(Time, until),
                optional(NumberCursor, after),
                Limit(limit),
            )
        )

    async def create_invitation(
        self,
        room: str | None = None,
        *,
        server: bool = False,
        expires_at: int | None = None,
        max_uses: int | None = None,
    ) -> results.NewInvitation:
        """Make a link by which people become members of a room, sign up to the server, or both.

        :param expires_at: in ms since the epoch; by default it does not expire.
        :param max_uses: for how many people; by default for any number.
        """
        return await self.call(
            CreateInvitation(
                optional(RoomName, room),
                server,
                optional(Time, expires_at),
                optional(Uses, max_uses),
            )
        )

    async def list_invitations(
        self, room: str | None = None, *, after: str | None = None, limit: int = results.PAGE
    ) -> results.Invitations:
        """Return invitations that the user made or may revoke, newest first."""
        return await self.call(
            ListInvitations(
                optional(RoomName, room), optional(InvitationCursor, after), Limit(limit)
            )
        )

    async def revoke_invitation(self, invitation_id: str) -> None:
        await self.call(RevokeInvitation(InvitationId(invitation_id)))

    async def accept_invitation(self, code: str) -> results.Accepted:
        """Come by an invitation. :raises NotFound: the code is not valid."""
        return await self.call(AcceptInvitation(Code(code)))
