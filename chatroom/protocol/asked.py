"""What clients ask: the parameters of each call, with their rules in their types.

:mod:`.constraints` says what a :class:`RoomName`, a :class:`Limit` must be, and :mod:`.codec`
enforces it. What depends on settings or on state (text lengths, membership) is judged where the
call is handled. What is answered stands in :mod:`.results`.
"""

from typing import NewType

import attrs

from ..model import Level, Visibility
from .results import INBOX_PAGE, PAGE

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
class OfUser:
    """``blockUser`` and ``unblockUser``."""

    user: UserName


@attrs.frozen
class ListBlocked:
    after: Cursor | None = None
    limit: Limit = Limit(PAGE)


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
