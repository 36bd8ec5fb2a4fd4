"""All calls: what each takes and answers, what it costs, and what it is for.

Conditions that depend on state (membership, lengths by the settings) are checked where the call is
handled. See :mod:`.declaring` for how to declare a call, :mod:`.results` for the replies.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from ..frozen import frozen
from ..model import (
    Format,
    Has,
    JsonObject,
    Level,
    Role,
    Visibility,
    Who,
    direct_room,
    group_room,
)
from . import declaring
from .declaring import (
    Call,
    Choice,
    InboxCall,
    MemberCall,
    ModeratorCall,
    OpenCall,
    OwnerCall,
    Page,
    SessionCall,
    call,
)
from .field_types import (
    Bound,
    ClientId,
    Cursor,
    Emoji,
    Limit,
    MessageSeq,
    MessageType,
    OwnRoomName,
    Pause,
    Query,
    Reason,
    RoomName,
    SearchQuery,
    Secret,
    Seq,
    Text,
    Time,
    Title,
    Topic,
    UserName,
    UserNames,
)
from .results import (
    FRAME_BYTES,
    INBOX_PAGE,
    PAGE,
    Blocked,
    Changed,
    Connected,
    Empty,
    Found,
    History,
    Inbox,
    InboxEntry,
    Joined,
    Members,
    Mentions,
    OneMessage,
    Pins,
    Reactions,
    Rooms,
    RoomSettings,
    Sent,
    Subscribed,
    Swept,
)

_PAGE: Final = Limit(PAGE)
_INBOX_PAGE: Final = Limit(INBOX_PAGE)
MESSAGES: Final = Page(item_bytes=FRAME_BYTES)
"""A message in a page is no longer than the frame that it came in, since it is escaped alike."""


@call("connect")
@frozen
class Connect(SessionCall[Connected]):
    """The first call, once: who this session is. The token may be left out if the upgrade request
    had it as a bearer token.
    """

    token: Secret | None = None


# ---- rooms and their members


@frozen
class EntryCall(OpenCall[Joined]):
    """Makes its sender a member of a room, or makes the room."""


@call("joinRoom", cost="joins", own_batch=True)
@frozen
class JoinRoom(EntryCall):
    """Join a public room, made if it does not exist; with create false, only if it does."""

    room: OwnRoomName
    create: bool = True

    def key(self, user: str) -> str:
        return self.room


@call("createRoom", cost="joins", own_batch=True)
@frozen
class CreateRoom(EntryCall):
    """Make a room and own it; conflict if the name is taken."""

    room: OwnRoomName
    visibility: Visibility
    title: Title | None = None
    topic: Topic | None = None

    def key(self, user: str) -> str:
        return self.room


@call("createGroup", cost="joins", own_batch=True)
@frozen
class CreateGroup(EntryCall):
    """Make a private room of these people and me, which I own. The server gives its name. Tried
    again with the same clientId, the first group is the answer.
    """

    users: UserNames
    client_id: ClientId

    def key(self, user: str) -> str:
        return group_room(user, self.client_id)


@call("deleteRoom", cost="joins", own_batch=True)
@frozen
class DeleteRoom(OwnerCall[Empty]):
    """Delete a room with all of its messages; for owners. Its name is never given again."""


@call("setRoom", cost="joins", own_batch=True)
@frozen
class SetRoom(ModeratorCall[RoomSettings]):
    """Change settings of a room; what is left out stays. For moderators and owners; visibility and
    archived are for owners.
    """

    title: Title | None = None
    topic: Topic | None = None
    visibility: Visibility | None = None
    posting: Who | None = None
    inviting: Who | None = None
    slow_mode_s: Pause | None = None
    archived: bool | None = None


@call("leaveRoom", own_batch=True)
@frozen
class LeaveRoom(MemberCall[Empty]):
    """End my membership."""


@call("listRooms", page=Page(item_bytes=2048, price=2))
@frozen
class ListRooms(InboxCall[Rooms]):
    """Public rooms and mine, by name; query is a part of the name or title, in any case. A page may
    hold fewer rooms than limit while next is set.
    """

    query: Query | None = None
    after: Cursor | None = None
    limit: Limit = _PAGE


@call("listMembers", page=Page(item_bytes=1024, price=2))
@frozen
class ListMembers(MemberCall[Members]):
    """A room's members, by name; query is the beginning of a word of the name or display name, in
    any case and without accents. A page may hold fewer members than limit while next is set.
    """

    after: Cursor | None = None
    limit: Limit = _PAGE
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


@call("setRole", cost="joins", own_batch=True)
@frozen
class SetRole(OwnerCall[Empty]):
    """Give someone a role, or give up mine; for owners. The last owner cannot (conflict)."""

    user: UserName
    role: Role


@call("subscribe", page=MESSAGES)
@frozen
class Subscribe(MemberCall[Subscribed]):
    """Receive a room's events from here on: with epoch and sinceRev, after what was missed
    (recovered), else after the latest page. While hasMore, not subscribed yet: ask again with
    sinceRev as nextRev.
    """

    epoch: str | None = None
    since_rev: Bound | None = None
    limit: Limit | None = None


@call("unsubscribe")
@frozen
class Unsubscribe(MemberCall[Empty]):
    """Stop receiving a room's events; the inbox still counts them."""


# ---- messages


@call("sendMessage", cost="messages", choice=Choice(("room", "to"), needed=True))
@frozen
class SendMessage(OpenCall[Sent]):
    """Send to a room, or to a person: a direct message, the first of which makes their room.
    Answered when it is on disk. The text is trimmed and as long as connect's limits allow
    (text_empty, text_too_long). Tried again with the same clientId, the first message is the answer
    (duplicate). The text is Markdown unless its format is plain; type and data are for products.
    """

    text: Text
    room: RoomName | None = None
    to: UserName | None = None
    client_id: ClientId | None = None
    reply_to: Seq | None = None
    format: Format = "markdown"
    type: MessageType | None = None
    data: JsonObject | None = None

    def key(self, user: str) -> str:
        return self.room or direct_room(user, self.to or user)


@call("editMessage", cost="messages")
@frozen
class EditMessage(MemberCall[Changed]):
    """Another text for a message of mine."""

    seq: MessageSeq
    text: Text


@call("deleteMessage", cost="messages")
@frozen
class DeleteMessage(MemberCall[Changed]):
    """Empty a message of mine, or as a moderator anyone's; it keeps its seq."""

    seq: MessageSeq


@call("deleteMessagesOf", cost="joins", own_batch=True)
@frozen
class DeleteMessagesOf(ModeratorCall[Swept]):
    """Delete what someone wrote since a time, the latest first; for moderators and owners. Deletes
    some of it: ask again with before as next, until that is null.
    """

    user: UserName
    since: Time
    before: Seq | None = None


@frozen
class ReactionCall(MemberCall[Changed]):
    """Changes one of my reactions. It answers with the message's rev."""

    seq: MessageSeq
    emoji: Emoji


@call("addReaction", cost="messages")
@frozen
class AddReaction(ReactionCall):
    """React to a message with one emoji; once more changes nothing. A message has at most 20
    different ones (conflict).
    """


@call("removeReaction", cost="messages")
@frozen
class RemoveReaction(ReactionCall):
    """Take a reaction of mine back; once more changes nothing."""


@call("listReactions", page=Page(item_bytes=1024))
@frozen
class ListReactions(MemberCall[Reactions]):
    """All who reacted to a message, by emoji, and for each emoji in the order in which they did."""

    seq: Seq
    after: Cursor | None = None
    limit: Limit = _PAGE


@call("pinMessage", cost="messages")
@frozen
class PinMessage(MemberCall[Changed]):
    """Pin a message for all; for moderators and owners, and in direct rooms for both. Once more
    changes nothing.
    """

    seq: MessageSeq


@call("unpinMessage", cost="messages")
@frozen
class UnpinMessage(MemberCall[Changed]):
    """Take the pin of a message back."""

    seq: MessageSeq


@call("listPins", page=MESSAGES)
@frozen
class ListPins(MemberCall[Pins]):
    """The pinned messages, the last pinned first."""

    after: Cursor | None = None
    limit: Limit = _PAGE


@call("getMessage")
@frozen
class GetMessage(MemberCall[OneMessage]):
    """One message by its seq."""

    seq: Seq


@call("getHistory", page=MESSAGES, choice=Choice(("before", "after", "around", "at"), needed=False))
@frozen
class GetHistory(MemberCall[History]):
    """A page of messages, ascending by seq: before or after a seq, around it, around the first
    message at or after a time, or the latest. hasMoreBefore and hasMoreAfter tell whether there are
    others.
    """

    before: Bound | None = None
    after: Bound | None = None
    around: Bound | None = None
    limit: Limit = _PAGE
    at: Time | None = None


@call("searchMessages", page=Page(item_bytes=FRAME_BYTES, price=2))
@frozen
class SearchMessages(InboxCall[Found]):
    """Messages of my rooms that have all words of query, newest first. A word finds words that
    begin with it; "what is in quotes" is found as it is. Of one room or sender, from before or
    after a time (exclusive), or with a link. A page may hold fewer messages than limit while next
    is set; cursor is the next of the page before.
    """

    query: SearchQuery
    room: RoomName | None = None
    sender: UserName | None = None
    before: Time | None = None
    after: Time | None = None
    has: Has | None = None
    limit: Limit = _PAGE
    cursor: Cursor | None = None


@call("setTyping", cost="typing")
@frozen
class SetTyping(MemberCall[Empty]):
    """Tell the room's watchers that I type, or not."""

    typing: bool


# ---- what one person has read, wants and blocks


@call("getInbox", page=Page(item_bytes=8192))
@frozen
class GetInbox(InboxCall[Inbox]):
    """My rooms with their unread counts, newest activity first."""

    after: Cursor | None = None
    limit: Limit = _INBOX_PAGE


@call("getMentions", page=MESSAGES)
@frozen
class GetMentions(InboxCall[Mentions]):
    """Messages of others that mention me or everyone, in all rooms that I am a member of, newest
    first.
    """

    after: Cursor | None = None
    limit: Limit = _PAGE


@call("getUnread", page=MESSAGES)
@frozen
class GetUnread(MemberCall[History]):
    """The page of messages after my read cursor."""

    limit: Limit = _PAGE


@call("markRead", reply_from="userInbox")
@frozen
class MarkRead(MemberCall[InboxEntry]):
    """Move my read cursor up to a seq; never back, never past the head."""

    seq: Bound


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


@call("listBlocked")
@frozen
class ListBlocked(InboxCall[Blocked]):
    """Whom I block, by name."""

    after: Cursor | None = None
    limit: Limit = _PAGE


CALLS: Final[Mapping[str, type[Call[Any]]]] = MappingProxyType(declaring.calls)
