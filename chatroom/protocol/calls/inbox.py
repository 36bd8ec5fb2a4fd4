"""Calls on what one person has read, wants and blocks."""

from ...frozen import frozen
from ...model import Level
from ..declaration import Paged
from ..declaring import InboxCall, MemberCall, call
from ..field_types import Bound, Cursor, Limit, RoomName, ThreadRoot, UserName
from ..results import Blocked, Empty, Inbox, InboxEntry, Threads
from .pages import DEFAULT_INBOX_LIMIT, DEFAULT_LIMIT


@call("getInbox", page=Paged(item_bytes=8192))
@frozen
class GetInbox(InboxCall[Inbox]):
    """My rooms with their unread counts, newest activity first."""

    after: Cursor | None = None
    limit: Limit = DEFAULT_INBOX_LIMIT


@call("markRead", reply_from="userInbox", when_read_only=True)
@frozen
class MarkRead(MemberCall[InboxEntry]):
    """Move my read cursor up to a seq; never back, never past the head. With thread, that of a
    thread that I follow (else invalid_params).
    """

    seq: Bound
    thread: ThreadRoot | None = None


@call("getThreads", page=Paged(item_bytes=4096))
@frozen
class GetThreads(InboxCall[Threads]):
    """The threads that I follow, in one room or all, newest activity first."""

    room: RoomName | None = None
    after: Cursor | None = None
    limit: Limit = DEFAULT_LIMIT


@call("followThread")
@frozen
class FollowThread(MemberCall[Empty]):
    """Follow the thread below a message; what is there already counts as read."""

    thread: ThreadRoot


@call("unfollowThread")
@frozen
class UnfollowThread(MemberCall[Empty]):
    """Follow a thread no longer, until I write in it or am mentioned in it by name."""

    thread: ThreadRoot


@call("setNotifications", reply_from="userInbox")
@frozen
class SetNotifications(MemberCall[InboxEntry]):
    """What of a room I want to be notified of."""

    level: Level


@call("blockUser", cost="joins")
@frozen
class BlockUser(InboxCall[Empty]):
    """Refuse someone's direct messages to me and their invitations of me (forbidden). Of what they
    send after this is answered, nothing arrives.
    """

    user: UserName


@call("unblockUser", cost="joins")
@frozen
class UnblockUser(InboxCall[Empty]):
    """Take a block back."""

    user: UserName


@call("listBlocked", when_read_only=True)
@frozen
class ListBlocked(InboxCall[Blocked]):
    """Whom I block, by name."""

    after: Cursor | None = None
    limit: Limit = DEFAULT_LIMIT
