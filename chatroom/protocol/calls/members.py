"""Calls on the members of a room."""

from ...frozen import frozen
from ...model import Role
from ..declaration import Paged
from ..declaring import MemberCall, ModeratorCall, OwnerCall, call
from ..field_types import Cursor, Limit, Query, UserName
from ..results import Empty, Members
from .pages import DEFAULT_LIMIT


@call("listMembers", page=Paged(item_bytes=1024, price=2))
@frozen
class ListMembers(MemberCall[Members]):
    """A room's members, by name; query is the beginning of a word of the name or display name, in
    any case and without accents. A page may hold fewer members than limit while next is set.
    """

    after: Cursor | None = None
    limit: Limit = DEFAULT_LIMIT
    query: Query | None = None


@call("invite", cost="joins", own_batch=True)
@frozen
class Invite(MemberCall[Empty]):
    """Make someone a member; for moderators and owners, or for all if the room is set so."""

    user: UserName


@call("removeMember", cost="joins", own_batch=True)
@frozen
class RemoveMember(ModeratorCall[Empty]):
    """End someone's membership; for moderators and owners."""

    user: UserName


@call("setRole", cost="joins", own_batch=True)
@frozen
class SetRole(OwnerCall[Empty]):
    """Give someone a role, or give up mine; for owners. The last owner cannot (conflict)."""

    user: UserName
    role: Role
