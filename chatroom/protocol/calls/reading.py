"""Calls that read messages."""

from ...frozen import frozen
from ...model import Has
from ..declaration import Choice, Paged
from ..declaring import InboxCall, MemberCall, call
from ..field_types import Bound, Cursor, Limit, RoomName, SearchQuery, Seq, Time, UploadId, UserName
from ..results import FRAME_BYTES, FileLinks, Found, History, Mentions, OneMessage, Pins, Reactions
from .pages import DEFAULT_LIMIT, MESSAGES


@call("getMessage", when_read_only=True)
@frozen
class GetMessage(MemberCall[OneMessage]):
    """One message by its seq."""

    seq: Seq


@call("getFile", when_read_only=True)
@frozen
class GetFile(MemberCall[FileLinks]):
    """Links to a file of a message and to its thumbnails, for me alone and for five minutes."""

    seq: Seq
    id: UploadId


@call("getHistory", page=MESSAGES, choice=Choice(("before", "after", "around", "at"), needed=False))
@frozen
class GetHistory(MemberCall[History]):
    """A page of messages, ascending by seq: before or after a seq, around it, around the first
    message at or after a time, or the latest. hasMoreBefore and hasMoreAfter tell whether there are
    others. Of the main log, of the thread below a message, or of the whole log, with all threads.
    """

    before: Bound | None = None
    after: Bound | None = None
    around: Bound | None = None
    limit: Limit = DEFAULT_LIMIT
    at: Time | None = None
    thread: Seq | None = None
    whole: bool = False


@call("getUnread", page=MESSAGES)
@frozen
class GetUnread(MemberCall[History]):
    """The page of messages of the main log after my read cursor."""

    limit: Limit = DEFAULT_LIMIT


@call("getMentions", page=MESSAGES)
@frozen
class GetMentions(InboxCall[Mentions]):
    """Messages of others that mention me or everyone, in all rooms that I am a member of, newest
    first.
    """

    after: Cursor | None = None
    limit: Limit = DEFAULT_LIMIT


@call("searchMessages", page=Paged(item_bytes=FRAME_BYTES, price=2))
@frozen
class SearchMessages(InboxCall[Found]):
    """Messages of my rooms that have all words of query, newest first. A word finds words that
    begin with it; "what is in quotes" is found as it is. Of one room or sender, from before or
    after a time (exclusive), or with a link or a file. The names of files are searched too. A page
    may hold fewer messages than limit while next is set; cursor is the next of the page before.
    """

    query: SearchQuery
    room: RoomName | None = None
    sender: UserName | None = None
    before: Time | None = None
    after: Time | None = None
    has: Has | None = None
    limit: Limit = DEFAULT_LIMIT
    cursor: Cursor | None = None


@call("listReactions", page=Paged(item_bytes=1024), when_read_only=True)
@frozen
class ListReactions(MemberCall[Reactions]):
    """All who reacted to a message, by emoji, and for each emoji in the order in which they did."""

    seq: Seq
    after: Cursor | None = None
    limit: Limit = DEFAULT_LIMIT


@call("listPins", page=MESSAGES)
@frozen
class ListPins(MemberCall[Pins]):
    """The pinned messages, the last pinned first."""

    after: Cursor | None = None
    limit: Limit = DEFAULT_LIMIT
