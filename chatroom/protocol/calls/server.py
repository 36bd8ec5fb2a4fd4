"""Calls on the server as a whole: its admins, accounts and invitations."""

from ...frozen import frozen
from ...model import AuditAct, ServerRole, ServerState
from ..declaration import Paged
from ..declaring import AdminCall, InboxCall, call
from ..field_types import (
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
from ..results import Accepted, Audit, Empty, Invitations, NewInvitation
from .pages import DEFAULT_LIMIT


@call("setServerRole", cost="joins")
@frozen
class SetServerRole(AdminCall[Empty]):
    """Make someone an admin of the server, or a member as others; for admins. The last admin cannot
    step down (conflict).
    """

    user: UserName
    role: ServerRole


@call("setServer", cost="joins", when_read_only=True)
@frozen
class SetServer(AdminCall[ServerState]):
    """Set the server's name and the colour of its page, and with readOnly that calls which write
    are refused, and why; for admins. A field left out stays. An empty name or accent becomes again
    what the settings say, and an empty readOnly lets calls write again.
    """

    name: ServerName | None = None
    accent: Accent | None = None
    read_only: ReadOnlyReason | None = None


@call("announce", cost="joins", when_read_only=True)
@frozen
class Announce(AdminCall[ServerState]):
    """Show a notice to everybody, in place of the one before, until a time or until it is taken
    back by an empty text; for admins.
    """

    text: AnnouncementText
    until: Time | None = None


@call("disableAccount", cost="joins")
@frozen
class DisableAccount(AdminCall[Empty]):
    """End someone's sessions and forbid to log in; for admins. The last admin cannot disable
    themselves (conflict).
    """

    user: UserName


@call("enableAccount", cost="joins")
@frozen
class EnableAccount(AdminCall[Empty]):
    """Allow to log in again, with the password; for admins. Not after eraseAccount (conflict)."""

    user: UserName


@call("eraseAccount", cost="joins")
@frozen
class EraseAccount(AdminCall[Empty]):
    """Delete someone's account for ever, and soon after that their memberships, messages, files and
    reactions; for admins. The name stays taken. The last admin cannot do this to themselves
    (conflict).
    """

    user: UserName


@call("listAudit", page=Paged(item_bytes=4096))
@frozen
class ListAudit(InboxCall[Audit]):
    """What admins, moderators and owners have done to others, newest first: in a room for its
    members and for admins of the server, everywhere for admins. Only those by someone, on someone,
    of one act, from since on and before until.
    """

    room: RoomName | None = None
    by: UserName | None = None
    user: UserName | None = None
    act: AuditAct | None = None
    since: Time | None = None
    until: Time | None = None
    after: NumberCursor | None = None
    limit: Limit = DEFAULT_LIMIT


@call("acceptInvitation", cost="joins")
@frozen
class AcceptInvitation(InboxCall[Accepted]):
    """Come by an invitation, as someone who has an account already. A code that is not valid for
    whatever cause is not found.
    """

    code: Code


@call("createInvitation", cost="joins")
@frozen
class CreateInvitation(InboxCall[NewInvitation]):
    """Make a link by which people become members of a room, or sign up to the server, or both. To a
    room: for those who may invite; to the server: for admins. It is valid until expiresAt, for
    maxUses people, until it is revoked, and while I may invite.
    """

    room: RoomName | None = None
    server: bool = False
    expires_at: Time | None = None
    max_uses: Uses | None = None


@call("listInvitations", page=Paged(item_bytes=8192))
@frozen
class ListInvitations(InboxCall[Invitations]):
    """Invitations, newest first: those that I have made, those to rooms of which I am a moderator
    or owner, and for admins all.
    """

    room: RoomName | None = None
    after: InvitationCursor | None = None
    limit: Limit = DEFAULT_LIMIT


@call("revokeInvitation", cost="joins")
@frozen
class RevokeInvitation(InboxCall[Empty]):
    """End an invitation that listInvitations shows me. The people who came by it stay."""

    id: InvitationId
