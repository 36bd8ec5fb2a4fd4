"""The protocol's constants, and the results of calls.

The calls are in :mod:`.calls`, the events in :mod:`.events`. Attributes are snake_case here and
camelCase on the wire.
"""

from typing import Final

import attrs

from ..frozen import frozen
from ..model import (
    AuditEntry,
    Kind,
    Level,
    Message,
    OwnReactions,
    Part,
    Preview,
    Profile,
    PushOutcome,
    Quoted,
    Role,
    ServerRole,
    Thread,
    User,
    Visibility,
    Who,
)

PROTOCOL: Final = 1
FEATURES: Final[tuple[str, ...]] = (
    *("direct", "edit", "delete", "mentions", "presence", "typing"),
    *("block", "roles", "mute", "settings", "reactions", "pins", "groups", "deleteRoom"),
    *("format", "data", "search", "quoted", "threads", "profiles", "accountSettings"),
    *("admins", "audit", "push", "files"),
    *("admins", "audit", "invitations"),
)
SUBPROTOCOL: Final = "chatroom.v1"
PAGE: Final = 50
MAX_PAGE: Final = 200
INBOX_PAGE: Final = 100
PAGE_BYTES: Final = 1 << 20
FRAME_BYTES: Final = 128 * 1024


@frozen
class Empty:
    pass


@frozen
class ServerLimits:
    text_chars: int
    text_bytes: int
    frame_bytes: int
    page_size: int


@frozen
class InboxEntry:
    """A room in someone's inbox. ``lastMessage`` has at most 200 characters of its text, and is
    ``truncated`` where it was cut.
    """

    room: str
    kind: Kind
    title: str
    head_seq: int
    read_seq: int
    unread: int
    mentions: int
    notifications: Level
    with_: User | None = None
    last_message: Preview | None = None


@frozen
class ThreadSums:
    """Over all threads that I follow."""

    unread: int
    mentions: int


@frozen
class Inbox:
    """``unread`` and ``mentions`` are sums over all rooms, not only over this page. Messages in
    threads do not count there, but in ``threads``."""

    unread: int
    mentions: int
    threads: ThreadSums
    rooms: tuple[InboxEntry, ...]
    next: str | None


@frozen
class ListedThread:
    """A thread that I follow. ``message`` is the beginning of its root, unless that was pruned."""

    room: str
    thread: int
    count: int
    last_seq: int
    last_timestamp: int
    users: tuple[str, ...]
    read_seq: int
    unread: int
    mentions: int
    message: Preview | None = None


@frozen
class Threads:
    threads: tuple[ListedThread, ...]
    next: str | None


@frozen
class Connected:
    """``serverRole`` is my role on the server, apart from those in rooms."""

    user: User
    server_role: ServerRole
    session_id: str
    token_expires_at: int
    protocol: int
    features: tuple[str, ...]
    epoch: str
    server_time: int
    limits: ServerLimits
    inbox: Inbox


@frozen
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
    posting: Who = "all"
    inviting: Who = "moderators"
    slow_mode_s: int = 0
    archived: bool = False


@frozen
class RoomSettings:
    """``posting`` and ``inviting``: all members, or moderators and owners. ``slowModeS``: seconds
    between two messages of a member, 0 if off. ``archived``: read only.
    """

    room: str
    title: str
    topic: str
    visibility: Visibility
    posting: Who
    inviting: Who
    slow_mode_s: int
    archived: bool


@frozen
class ListedRoom:
    room: str
    title: str
    topic: str
    visibility: Visibility
    members: int
    head_seq: int
    member: bool
    archived: bool = False


@frozen
class Rooms:
    rooms: tuple[ListedRoom, ...]
    next: str | None


@frozen
class ListedMember:
    user: str
    display_name: str
    role: Role
    online: bool
    lookalike: bool = False


@frozen
class Members:
    members: tuple[ListedMember, ...]
    next: str | None


@frozen
class Blocked:
    users: tuple[User, ...]
    next: str | None


@frozen
class Person(Profile):
    online: bool = attrs.field(kw_only=True)


@frozen
class People:
    users: tuple[Person, ...]


@frozen
class FoundPeople:
    users: tuple[Person, ...]
    next: str | None


@frozen
class Accepted:
    """What an invitation has led to: a room, or the role of the first admin."""

    room: str | None = None
    server_role: ServerRole | None = None


@frozen
class NewInvitation:
    """The code is shown only here. A link to the page has it as ``/?invitation=CODE``."""

    id: str
    code: str


@frozen
class ListedInvitation:
    """``users`` are the last 100 people who came by it, the last one first."""

    id: str
    timestamp: int
    server: bool
    uses: int
    users: tuple[str, ...]
    by: str | None = None
    room: str | None = None
    expires_at: int | None = None
    max_uses: int | None = None
    revoked_at: int | None = None


@frozen
class Invitations:
    invitations: tuple[ListedInvitation, ...]
    next: str | None


@frozen
class Audit:
    """Acts on others, newest first. ``by`` is left out where the operator or the server itself did
    it.
    """

    entries: tuple[AuditEntry, ...]
    next: str | None


@frozen
class ListedSanction:
    """A ban or mute. ``until`` may have passed; absent: it has no end."""

    user: User
    by: str
    timestamp: int
    until: int | None = None
    reason: str | None = None


@frozen
class Sanctions:
    sanctions: tuple[ListedSanction, ...]
    next: str | None


@frozen
class PushKey:
    """The public key of the server, in base64url: what a device gives to its push service as
    ``applicationServerKey``.
    """

    key: str


@frozen
class ListedEndpoint:
    """``label`` is that of the log-in that added it, ``current`` whether that is this session's.
    ``failing``: the last attempt failed.
    """

    endpoint: str
    created_at: int
    label: str
    current: bool
    failing: bool


@frozen
class PushEndpoints:
    endpoints: tuple[ListedEndpoint, ...]


@frozen
class PushTested:
    """``status`` is that of the push service's answer, if there was one."""

    outcome: PushOutcome
    status: int | None = None


@frozen
class Online:
    count: int
    users: tuple[str, ...] | None = None


@frozen
class Muted:
    """That I may not write in a room, until when, and why. The time may have passed."""

    until: int | None = None
    reason: str | None = None


@frozen
class Swept:
    """How many messages were deleted. ``next`` is null at the end."""

    deleted: int
    next: int | None


@frozen
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
    muted: Muted | None = None
    posting: Who = "all"
    inviting: Who = "moderators"
    slow_mode_s: int = 0
    archived: bool = False
    my_reactions: tuple[OwnReactions, ...] = ()
    quoted: tuple[Quoted, ...] = ()
    threads: tuple[Thread, ...] = ()


@frozen
class Sent:
    room: str
    seq: int
    rev: int
    timestamp: int
    duplicate: bool


@frozen
class Changed:
    rev: int


@frozen
class History:
    room: str
    epoch: str
    first_seq: int
    head_seq: int
    messages: tuple[Message, ...]
    has_more_before: bool
    has_more_after: bool
    my_reactions: tuple[OwnReactions, ...] = ()
    quoted: tuple[Quoted, ...] = ()
    threads: tuple[Thread, ...] = ()


@frozen
class OneMessage:
    epoch: str
    message: Message
    my_reactions: tuple[OwnReactions, ...] = ()
    quoted: tuple[Quoted, ...] = ()
    threads: tuple[Thread, ...] = ()


@frozen
class FileLink:
    """A link to a thumbnail, ``small`` or ``large``."""

    part: Part
    url: str


@frozen
class FileLinks:
    """Paths with a query, to append to the server's address. They are for me alone, and end at
    ``expiresAt``. Membership is checked at each request.
    """

    url: str
    expires_at: int
    thumbnails: tuple[FileLink, ...]


@frozen
class Pins:
    epoch: str
    messages: tuple[Message, ...]
    next: str | None
    my_reactions: tuple[OwnReactions, ...] = ()
    quoted: tuple[Quoted, ...] = ()
    threads: tuple[Thread, ...] = ()


@frozen
class Mentions:
    """Messages of several rooms, newest first."""

    epoch: str
    messages: tuple[Message, ...]
    next: str | None


@frozen
class ListedReaction:
    emoji: str
    user: User


@frozen
class Reactions:
    reactions: tuple[ListedReaction, ...]
    next: str | None


@frozen
class TextRange:
    """A part of a message's text: the first of its code points, and the one after its last."""

    start: int
    end: int


@frozen
class Found:
    """``ranges`` has for each of the messages the parts of its text that match, 100 at most.
    ``pending`` is the number of posts and changes in the rooms searched that cannot be found yet; 0
    almost always.
    """

    messages: tuple[Message, ...]
    ranges: tuple[tuple[TextRange, ...], ...]
    pending: int
    next: str | None


NULLABLE: Final = frozenset({"next", "role"})
"""Fields that are shown as null; any other that is None is left out."""
