"""The protocol, described once: the parameters and results of each call, and each event.

Attributes are snake_case here and camelCase on the wire. Parameters carry their rules in their
types (:class:`RoomName`, :class:`Limit`, ...): :mod:`.rules` says what each must be, and
:mod:`.codec` enforces it. What depends on settings or on state (text lengths, membership) is
judged where the call is handled. Which call takes and answers what is the table in :mod:`.calls`.
"""

from typing import Final, NewType

import attrs

from ..model import Kind, Level, Message, Role, User, Visibility

PROTOCOL: Final = 1
FEATURES: Final[tuple[str, ...]] = ("direct", "edit", "delete", "mentions", "presence", "typing")
SUBPROTOCOL: Final = "chatroom.v1"
PAGE: Final = 50
MAX_PAGE: Final = 200
INBOX_PAGE: Final = 100
PAGE_BYTES: Final = 1 << 20
FRAME_BYTES: Final = 128 * 1024

RoomName = NewType("RoomName", str)
"""The name of any room, direct ones (``@alice:bob``) too."""
OwnRoomName = NewType("OwnRoomName", str)
"""A name that a room can be made or joined by: never a direct one."""
UserName = NewType("UserName", str)
Text = NewType("Text", str)
"""A message's text; trimmed and measured where the call is handled."""
Title = NewType("Title", str)
"""What people read: 1 to 80 characters, trimmed, no control characters."""
Topic = NewType("Topic", str)
"""Up to 250 characters, trimmed, no control characters."""
ClientId = NewType("ClientId", str)
Secret = NewType("Secret", str)
"""A token: printable ASCII up to 256 characters."""
Query = NewType("Query", str)
Cursor = NewType("Cursor", str)
"""An opaque place in a list, from a reply's ``next``."""
Limit = NewType("Limit", int)
Seq = NewType("Seq", int)
"""A message's number, from 1."""
Bound = NewType("Bound", int)
"""A seq or rev that a page starts from, from 0."""


# ---- the parameters of calls


@attrs.frozen
class Connect:
    token: Secret | None = None


@attrs.frozen
class JoinRoom:
    room: OwnRoomName
    create: bool = True


@attrs.frozen
class CreateRoom:
    room: OwnRoomName
    visibility: Visibility
    title: Title | None = None
    topic: Topic | None = None


@attrs.frozen
class OfRoom:
    """``leaveRoom`` and ``unsubscribe``."""

    room: RoomName


@attrs.frozen
class ListRooms:
    query: Query | None = None
    after: Cursor | None = None
    limit: Limit = Limit(PAGE)


@attrs.frozen
class ListMembers:
    room: RoomName
    after: Cursor | None = None
    limit: Limit = Limit(PAGE)


@attrs.frozen
class OfMember:
    """``invite``, ``removeMember``, ``ban`` and ``unban``."""

    room: RoomName
    user: UserName


@attrs.frozen
class Subscribe:
    room: RoomName
    epoch: str | None = None
    since_rev: Bound | None = None
    limit: Limit | None = None


@attrs.frozen
class SendMessage:
    text: Text
    room: RoomName | None = None
    to: UserName | None = None
    client_id: ClientId | None = None
    reply_to: Seq | None = None


@attrs.frozen
class EditMessage:
    room: RoomName
    seq: Seq
    text: Text


@attrs.frozen
class OfMessage:
    """``deleteMessage``."""

    room: RoomName
    seq: Seq


@attrs.frozen
class MarkRead:
    room: RoomName
    seq: Bound


@attrs.frozen
class GetHistory:
    room: RoomName
    before: Bound | None = None
    after: Bound | None = None
    around: Bound | None = None
    limit: Limit = Limit(PAGE)


@attrs.frozen
class GetInbox:
    after: Cursor | None = None
    limit: Limit = Limit(INBOX_PAGE)


@attrs.frozen
class GetUnread:
    room: RoomName
    limit: Limit = Limit(PAGE)


@attrs.frozen
class SetTyping:
    room: RoomName
    typing: bool


@attrs.frozen
class SetNotifications:
    room: RoomName
    level: Level


# ---- results


@attrs.frozen
class Nothing:
    pass


@attrs.frozen
class Limits:
    text_chars: int
    text_bytes: int
    frame_bytes: int
    page_size: int


@attrs.frozen
class Entry:
    """A room in someone's inbox."""

    room: str
    kind: Kind
    title: str
    head_seq: int
    read_seq: int
    unread: int
    mentions: int
    notifications: Level
    with_: User | None = None
    last_message: Message | None = None


@attrs.frozen
class Inbox:
    """``unread`` and ``mentions`` are sums over all rooms, not only over this page."""

    unread: int
    mentions: int
    rooms: tuple[Entry, ...]
    next: str | None


@attrs.frozen
class Connected:
    user: User
    session_id: str
    protocol: int
    features: tuple[str, ...]
    epoch: str
    server_time: int
    limits: Limits
    inbox: Inbox


@attrs.frozen
class Joined:
    room: str
    title: str
    topic: str
    visibility: Visibility
    role: Role
    head_seq: int
    head_rev: int
    read_seq: int
    created: bool


@attrs.frozen
class ListedRoom:
    room: str
    title: str
    topic: str
    visibility: Visibility
    members: int
    head_seq: int
    member: bool


@attrs.frozen
class Rooms:
    rooms: tuple[ListedRoom, ...]
    next: str | None


@attrs.frozen
class ListedMember:
    user: str
    display_name: str
    role: Role
    online: bool


@attrs.frozen
class Members:
    members: tuple[ListedMember, ...]
    next: str | None


@attrs.frozen
class Online:
    count: int
    users: tuple[str, ...] | None = None


@attrs.frozen
class Subscribed:
    room: str
    title: str
    topic: str
    visibility: Visibility
    role: Role
    epoch: str
    first_seq: int
    head_seq: int
    head_rev: int
    read_seq: int
    recovered: bool
    messages: tuple[Message, ...]
    has_more: bool
    next_rev: int
    online: Online
    reason: str | None = None


@attrs.frozen
class Sent:
    room: str
    seq: int
    rev: int
    timestamp: int
    duplicate: bool


@attrs.frozen
class Changed:
    rev: int


@attrs.frozen
class History:
    room: str
    epoch: str
    first_seq: int
    head_seq: int
    messages: tuple[Message, ...]
    has_more_before: bool
    has_more_after: bool


# ---- events


@attrs.frozen
class MessageEvent(Message):
    """The whole message, and the epoch that its numbers belong to."""

    epoch: str = attrs.field(kw_only=True)


@attrs.frozen
class Typing:
    room: str
    user: str
    typing: bool


@attrs.frozen
class Presence:
    user: str
    online: bool


@attrs.frozen
class MemberChanged:
    """``role`` is null for who is no longer a member."""

    room: str
    user: str
    role: Role | None


# ---- HTTP bodies


@attrs.frozen
class SignUp:
    name: str
    password: str
    display_name: str | None = None


@attrs.frozen
class LogIn:
    name: str
    password: str


@attrs.frozen
class LoggedIn:
    user: User
    token: str


NULLABLE: Final = frozenset({"next", "role"})
"""Fields that are shown as null; any other that is None is left out."""
