"""Calls on the server as a whole: its admins, accounts and invitations."""

from ...frozen import frozen
from ...model import ServerRole
from ..declaring import AdminCall, InboxCall, Page, call
from ..field_types import Code, Cursor, Limit, RoomName, UserName
from ..results import Accepted, Audit, Empty
from .pages import DEFAULT_LIMIT


@call("setServerRole", cost="joins")
@frozen
class SetServerRole(AdminCall[Empty]):
    """Make someone an admin of the server, or a member as others; for admins. The last admin cannot
    step down (conflict).
    """

    user: UserName
    role: ServerRole


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
    """Allow to log in again, with the password; for admins."""

    user: UserName


@call("listAudit", page=Page(item_bytes=4096))
@frozen
class ListAudit(InboxCall[Audit]):
    """What admins, moderators and owners have done to others, newest first: in a room for its
    members and for admins of the server, everywhere for admins.
    """

    room: RoomName | None = None
    after: Cursor | None = None
    limit: Limit = DEFAULT_LIMIT


@call("acceptInvitation", cost="joins")
@frozen
class AcceptInvitation(InboxCall[Accepted]):
    """Come by an invitation, as someone who has an account already. A code that is not valid for
    whatever cause is not found.
    """

    code: Code
