"""Room events: what a commit consists of.

The room's rules decide them, the store writes them, the room's state and the inboxes of its members
follow them, and clients are told of them.
"""

from typing import Literal, TypeAlias

import attrs

from ..model import (
    Level,
    Member,
    Message,
    Role,
    Room,
    SendReceipt,
)
from .conditions import UsageKind


@attrs.frozen
class RoomCreated:
    """A room exists from here on; those who enter it follow in the same batch. ``creator`` is the
    account that the room counts for; None for a direct room.
    """

    room: Room
    creator: str | None = None


@attrs.frozen
class MemberAdded:
    """Someone became a member; ``member`` tells with which role and read cursor."""

    member: Member


@attrs.frozen
class RoleChanged:
    user: str
    role: Role


@attrs.frozen
class MemberRemoved:
    """Someone is no longer a member; the member row is dropped."""

    user: str


@attrs.frozen
class MemberBanned:
    user: str
    by: str
    at: int


@attrs.frozen
class MemberUnbanned:
    user: str


@attrs.frozen
class MessagePosted:
    """A new message. ``original`` is kept where there is a clientId, to answer its retries."""

    message: Message
    original: SendReceipt | None = None


@attrs.frozen
class MessageChanged:
    """An edit or delete: ``message`` after it, with its new rev, and ``was`` before it."""

    kind: Literal["edit", "delete"]
    message: Message
    was: Message


@attrs.frozen
class ReadCursorMoved:
    """A read cursor moved forward to ``read_seq``.

    Decided with the first two only; the store fills in the rest as of this commit: ``sent_read``
    for the member row, and what is unread above the new cursor. ``rev`` is the room's.
    """

    user: str
    read_seq: int
    sent_read: int = 0
    unread: int = 0
    mentions: int = 0
    rev: int = 0


@attrs.frozen
class NotificationLevelSet:
    user: str
    level: Level


@attrs.frozen
class MessagesPruned:
    """All messages up to and with seq ``through`` are gone; cursors below it are raised to it."""

    through: int


@attrs.frozen
class RoomDeleted:
    """The room no longer exists, for anybody, and its name is never given again. Its rows are
    erased afterwards, in slices: see :meth:`.housekeeping.HousekeepingStore.erase_retired`.
    """

    at: int


@attrs.frozen
class UsageCounted:
    """One more of a kind that an account has a quota of; ``day`` is the number of the UTC day."""

    user: str
    day: int
    kind: UsageKind


RoomEvent: TypeAlias = (
    RoomCreated
    | MemberAdded
    | RoleChanged
    | MemberRemoved
    | MemberBanned
    | MemberUnbanned
    | MessagePosted
    | MessageChanged
    | ReadCursorMoved
    | NotificationLevelSet
    | MessagesPruned
    | RoomDeleted
    | UsageCounted
)
