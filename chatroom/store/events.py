"""Room events: the parts of a commit, as a closed set.

The room's rules decide on them and the store writes them. The room's state and the inboxes of its
members apply them. Events to clients are made from them.
"""

from typing import Final, TypeAlias

import attrs

from ..frozen import frozen
from ..model import (
    AuditEntry,
    ChangeKind,
    FollowedThread,
    Level,
    Member,
    Message,
    Role,
    Room,
    RoomPolicy,
    Sanction,
    SendReceipt,
    Thread,
    Visibility,
)
from .conditions import UsageKind
from .reactions import ReactionChange


@frozen
class RoomCreated:
    """The room was created. Its first members follow in the same batch.

    ``creator`` is the account whose quota the room counts against; None for a direct room.
    """

    room: Room
    creator: str | None = None


@frozen
class RoomConfigured:
    """The room's settings were replaced by the commit that gives the room this ``version``."""

    title: str
    topic: str
    visibility: Visibility
    policy: RoomPolicy
    version: int


@frozen
class SenderSlowed:
    """A member sent a message in slow mode at time ``at`` (ms)."""

    user: str
    at: int


@frozen
class MemberAdded:
    """A user became a member, with the role and read cursor in ``member``. The store fills in
    ``number``: see :class:`.news.InboxNews`.
    """

    member: Member
    number: int = attrs.field(default=0, eq=False)


@frozen
class RoleChanged:
    """A member's role was set to ``role``."""

    user: str
    role: Role


@frozen
class MemberRemoved:
    """A user is no longer a member. The store deletes the member's row."""

    user: str


@frozen
class MemberBanned:
    """``by`` banned ``user`` at time ``at`` (ms). An earlier ban is replaced."""

    user: str
    by: str
    at: int
    sanction: Sanction = attrs.field(factory=Sanction)


@frozen
class MemberUnbanned:
    """A user's ban was lifted."""

    user: str


@frozen
class MemberMuted:
    """``by`` forbade ``user`` at time ``at`` (ms) to write. An earlier mute is replaced."""

    user: str
    by: str
    at: int
    sanction: Sanction = attrs.field(factory=Sanction)


@frozen
class MemberUnmuted:
    """A user may write again."""

    user: str


@frozen
class MessagePosted:
    """A new message. ``original`` answers retries; it is None for a message without clientId."""

    message: Message
    original: SendReceipt | None = None


@frozen
class PostedInThread(MessagePosted):
    """A new message in a thread: ``message.thread`` is its root.

    :ivar thread: the thread after it.
    :ivar number: which message of the room's threads it is, from 1.
    """

    thread: Thread = attrs.field(kw_only=True)
    number: int = attrs.field(kw_only=True)


@frozen
class ThreadFollowed:
    """A user follows a thread, whose messages up to ``read_seq`` are read. If the user followed it
    before, the cursor moves forward.

    The rules set ``user``, ``root`` and ``read_seq``. The store fills in the rest as of this
    commit: the thread in the user's inbox, the room's ``rev``, and ``number``: see
    :class:`.news.InboxNews`.
    """

    user: str
    root: int
    read_seq: int
    followed: FollowedThread | None = None
    rev: int = 0
    number: int = attrs.field(default=0, eq=False)


@frozen
class ThreadUnfollowed:
    """A user no longer follows a thread. The store fills in ``rev`` and ``number`` as in
    :class:`ThreadFollowed`."""

    user: str
    root: int
    rev: int = 0
    number: int = attrs.field(default=0, eq=False)


@frozen
class MessageChanged:
    """A change of a message: ``message`` is the state after it, with the new rev, ``was`` before
    it. ``reaction`` is set if the kind is ``react``.
    """

    kind: ChangeKind
    message: Message
    was: Message
    reaction: ReactionChange | None = None


@frozen
class ReadCursorMoved:
    """A read cursor moved forward to ``read_seq``.

    The rules set ``user`` and ``read_seq``. The store fills in the rest as of this commit:
    ``sent_read`` for the member's row, the counts of unread messages and mentions above the new
    cursor, the room's ``rev``, and the ``number`` of the user's inbox: see
    :class:`.news.InboxNews`.
    """

    user: str
    read_seq: int
    sent_read: int = 0
    unread: int = 0
    mentions: int = 0
    rev: int = 0
    number: int = attrs.field(default=0, eq=False)


@frozen
class NotificationLevelSet:
    """A member's notification level was set to ``level``. The store fills in ``number``: see
    :class:`.news.InboxNews`.
    """

    user: str
    level: Level
    number: int = attrs.field(default=0, eq=False)


@frozen
class MessagesPruned:
    """All messages up to and including seq ``through`` were removed. Lower cursors are raised to
    it.

    :ivar threaded: how many messages in threads are pruned by now. The store fills it in.
    """

    through: int
    threaded: int = 0


@frozen
class RoomDeleted:
    """The room was deleted at time ``at`` (ms). Its name is never reused.

    Its rows are erased later, in slices: see
    :meth:`.housekeeping.HousekeepingStore.erase_retired`.
    """

    at: int


@frozen
class UsageCounted:
    """An account's use of a quota increased by one. ``day`` is a number from
    :func:`.conditions.day_of`."""

    user: str
    day: int
    kind: UsageKind


@frozen
class Audited:
    """An act of the same commit goes into the audit."""

    entry: AuditEntry


@frozen
class InvitationUsed:
    """A user became a member by an invitation at time ``at`` (ms), for the first time. A sign-up by
    it was counted before."""

    invitation: str
    user: str
    at: int


RoomEvent: TypeAlias = (
    RoomCreated
    | RoomConfigured
    | SenderSlowed
    | MemberAdded
    | RoleChanged
    | MemberRemoved
    | MemberBanned
    | MemberUnbanned
    | MemberMuted
    | MemberUnmuted
    | MessagePosted
    | MessageChanged
    | ReadCursorMoved
    | NotificationLevelSet
    | ThreadFollowed
    | ThreadUnfollowed
    | MessagesPruned
    | RoomDeleted
    | UsageCounted
    | Audited
    | InvitationUsed
)

OfOneMember: TypeAlias = ReadCursorMoved | NotificationLevelSet | ThreadFollowed | ThreadUnfollowed
OF_ONE_MEMBER: Final = (ReadCursorMoved, NotificationLevelSet, ThreadFollowed, ThreadUnfollowed)
"""Events that concern one member alone. They commute with all others: a cursor only moves forward,
the rest replaces what was set before."""
UNNUMBERED: Final = (*OF_ONE_MEMBER, UsageCounted, Audited, InvitationUsed)
"""Events that do not count in the room's version."""
