"""Calls by which moderators and owners keep order in a room."""

from ...frozen import frozen
from ..declaration import Paged
from ..declaring import ModeratorCall, call
from ..field_types import Cursor, Limit, Reason, Seq, Time, UserName
from ..results import Empty, Sanctions, Swept
from .pages import DEFAULT_LIMIT


@call("ban", cost="joins", own_batch=True)
@frozen
class Ban(ModeratorCall[Empty]):
    """End someone's membership and forbid to join, until a time or for good; for moderators and
    owners. Replaces an earlier ban.
    """

    user: UserName
    until: Time | None = None
    reason: Reason | None = None


@call("unban", cost="joins", own_batch=True)
@frozen
class Unban(ModeratorCall[Empty]):
    """Allow to join again; for moderators and owners."""

    user: UserName


@call("mute", cost="joins", own_batch=True)
@frozen
class Mute(ModeratorCall[Empty]):
    """Forbid someone to send and edit in the room, until a time or for good; for moderators and
    owners. Replaces an earlier mute, and holds after leaving and joining again.
    """

    user: UserName
    until: Time | None = None
    reason: Reason | None = None


@call("unmute", cost="joins", own_batch=True)
@frozen
class Unmute(ModeratorCall[Empty]):
    """Allow to write again; for moderators and owners."""

    user: UserName


@call("deleteMessagesOf", cost="joins", own_batch=True)
@frozen
class DeleteMessagesOf(ModeratorCall[Swept]):
    """Delete what someone wrote since a time, the latest first; for moderators and owners. Deletes
    some of it: ask again with before as next, until that is null.
    """

    user: UserName
    since: Time
    before: Seq | None = None


@call("listBans", page=Paged(item_bytes=4096))
@frozen
class ListBans(ModeratorCall[Sanctions]):
    """List who is banned from a room, by name, until when and why; for moderators and owners."""

    after: Cursor | None = None
    limit: Limit = DEFAULT_LIMIT


@call("listMutes", page=Paged(item_bytes=4096))
@frozen
class ListMutes(ModeratorCall[Sanctions]):
    """List who is muted in a room, as listBans; for moderators and owners."""

    after: Cursor | None = None
    limit: Limit = DEFAULT_LIMIT
