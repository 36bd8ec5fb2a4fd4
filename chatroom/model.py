"""The domain model: names, users, rooms, members and messages.

Frozen, plain data without I/O. The store saves it, actors decide on it, the protocol encodes it.
"""

import hashlib
import re
from collections.abc import Callable
from typing import Final, Literal, NewType, TypeAlias

import attrs

from .frozen import frozen

Role: TypeAlias = Literal["owner", "moderator", "member"]
Visibility: TypeAlias = Literal["public", "private"]
Kind: TypeAlias = Literal["room", "direct"]
Who: TypeAlias = Literal["all", "moderators"]
"""All members, or moderators and owners only."""
Format: TypeAlias = Literal["markdown", "plain"]
Level: TypeAlias = Literal["all", "mentions", "none"]
Has: TypeAlias = Literal["link"]
"""What a message may have, to search for."""

JsonObject = NewType("JsonObject", str)
"""A JSON object in its canonical form: keys sorted, no white space."""

EVERYONE = "room"
"""The name that ``@room`` mentions."""
RESERVED = frozenset({EVERYONE, "here", "all", "everyone", "channel", "admin", "system"})
"""Names that accounts cannot have, since they seem to mean everyone or the server."""

MAX_PREVIEW_CHARS = 200
MAX_NAME_CHARS = 64
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
GROUP = re.compile(r"~[0-9a-f]{24}")
"""Names of groups, which the server gives."""
_PUNCTUATION = "._-"
MAX_MENTIONS = 50
"""Per text; further mentions are ignored."""
# No character of a name may precede the @: `a@bob` is an address, not a mention.
_MENTION = re.compile(r"(?<![a-z0-9._-])@([a-z0-9][a-z0-9._-]*)")


def is_name(name: str) -> bool:
    """Whether this is a valid name of an account or of a room that is not direct."""
    return NAME.fullmatch(name) is not None


def direct_room(one: str, other: str) -> str:
    """Return the name of the direct room of two users, in either order."""
    first, second = sorted((one, other))
    return f"@{first}:{second}"


def group_room(user: str, client_id: str) -> str:
    """Return the name of the group that a user makes with this clientId."""
    key = f"{user}\0{client_id}".encode()
    return f"~{hashlib.blake2b(key, digest_size=12).hexdigest()}"


def is_group(room: str) -> bool:
    return GROUP.fullmatch(room) is not None


def direct_pair(room: str) -> tuple[str, str] | None:
    """Return the two users of a direct room; None if the name is not that of a direct room."""
    if not room.startswith("@"):
        return None
    one, colon, other = room[1:].partition(":")
    if not colon or not is_name(one) or not is_name(other) or one > other:
        return None
    return one, other


def mention_candidates(text: str) -> list[tuple[str, ...]]:
    """Return the possible names for each of the first MAX_MENTIONS words after an ``@``, the longer
    first.

    Trailing punctuation may belong to the name: ``@bob..`` means ``bob..`` if there is such a
    member, else ``bob``.
    """
    if "@" not in text:
        return []
    words: dict[str, None] = {}
    for match in _MENTION.finditer(text):
        words[match.group(1)] = None
        if len(words) == MAX_MENTIONS:
            break
    return [_names(word) for word in words]


def _names(word: str) -> tuple[str, ...]:
    both = dict.fromkeys((word, word.rstrip(_PUNCTUATION)))
    return tuple(name for name in both if len(name) <= MAX_NAME_CHARS)


@frozen
class User:
    """An account as others see it.

    :ivar lookalike: the name or display name looks like that of an older account. Clients should
        show the account's name too.
    """

    name: str
    display_name: str
    lookalike: bool = False


@frozen
class RoomPolicy:
    """Who may do what in a room.

    :ivar posting: who may send and edit messages.
    :ivar inviting: who may invite.
    :ivar slow_mode_s: the least time between two messages of a member who is no moderator; 0: off.
    :ivar archived: nobody may send or edit.
    :ivar restricts: a message needs more than membership.
    """

    posting: Who = "all"
    inviting: Who = "moderators"
    slow_mode_s: int = 0
    archived: bool = False
    restricts: bool = attrs.field(init=False, eq=False, repr=False)

    @restricts.default
    def _restricts(self) -> bool:
        return self.posting != "all" or self.slow_mode_s > 0 or self.archived


DEFAULT_POLICY = RoomPolicy()


@frozen
class Room:
    """A room as committed. Times are in ms since the epoch.

    :ivar head_rev: ``head_rev - head_seq`` is the number of changes in its history.
    :ivar first_seq: the oldest seq not pruned: 1 at first, ``head_seq + 1`` if all are pruned.
    :ivar members: the number of members.
    :ivar version: the number of its last commit, from 1. Only commits of read cursors and of
        notification levels alone are not numbered.
    """

    name: str
    kind: Kind
    visibility: Visibility
    title: str
    topic: str
    created_at: int
    head_seq: int = 0
    head_rev: int = 0
    first_seq: int = 1
    last_timestamp: int = 0
    members: int = 0
    version: int = 0
    policy: RoomPolicy = DEFAULT_POLICY

    def at(self, head_seq: int, head_rev: int, last_timestamp: int, version: int) -> "Room":
        """Return a copy with another head. It is created for each batch, and :func:`attrs.evolve`
        takes twice as long.
        """
        return Room(
            name=self.name,
            kind=self.kind,
            visibility=self.visibility,
            title=self.title,
            topic=self.topic,
            created_at=self.created_at,
            head_seq=head_seq,
            head_rev=head_rev,
            first_seq=self.first_seq,
            last_timestamp=last_timestamp,
            members=self.members,
            version=version,
            policy=self.policy,
        )


@frozen
class Member:
    """A user's membership of a room.

    :ivar joined_version: the room's version at joining: the order in which members succeed.
    :ivar read_seq: the read cursor.
    :ivar sent: the number of messages the user sent since joining.
    :ivar sent_read: how many of those are at or below the cursor.
    """

    room: str
    user: str
    display_name: str
    role: Role
    joined_at: int
    joined_version: int = 0
    read_seq: int = 0
    sent: int = 0
    sent_read: int = 0
    level: Level = "all"
    lookalike: bool = False


@frozen
class Sanction:
    """A ban or a mute.

    :ivar until: its end, in ms since the epoch; None if it has none. Nothing happens at that time:
        the end is compared in each decision.
    :ivar reason: for people; empty if there is none.
    """

    until: int | None = None
    reason: str = ""

    def holds(self, now: int) -> bool:
        return self.until is None or now < self.until

    def left(self, now: int) -> int | None:
        """Return the ms until the end; None if there is none."""
        return None if self.until is None else self.until - now

    @property
    def why(self) -> str:
        """The reason as the end of a sentence."""
        return f": {self.reason}" if self.reason else ""


ChangeKind: TypeAlias = Literal["edit", "delete", "react", "pin"]
"""What happens to a message later."""

MAX_EMOJIS: Final = 20
"""Maximum number of different emojis on a message."""
MAX_SHOWN_USERS: Final = 10
"""Maximum number of users that a message names for each emoji."""


@frozen
class Reaction:
    """One emoji on a message.

    :ivar count: the number of users who reacted with it.
    :ivar users: the first MAX_SHOWN_USERS of them, in the order in which they reacted.
    """

    emoji: str
    count: int
    users: tuple[str, ...]


@frozen
class OwnReactions:
    """The emojis with which one user reacted to a message."""

    seq: int
    emojis: tuple[str, ...]


@frozen
class Message:
    """A message. ``rev``: of its last change; ``mentions``: names, with EVERYONE for ``@room``;
    ``reactions``: in the order in which their emojis first appeared; ``pinned_by``: who pinned it;
    ``format``: None means markdown; ``type`` and ``data``: for products, opaque.
    """

    room: str
    seq: int
    rev: int
    sender: str
    text: str
    timestamp: int
    client_id: str | None = None
    reply_to: int | None = None
    edited_at: int | None = None
    deleted: bool = False
    mentions: tuple[str, ...] = ()
    reactions: tuple[Reaction, ...] = ()
    pinned_by: str | None = None
    format: Literal["plain"] | None = None
    type: str | None = None
    data: JsonObject | None = None
    _encoded: bytes | None = attrs.field(default=None, init=False, eq=False, repr=False)
    _preview: "Preview | None" = attrs.field(default=None, init=False, eq=False, repr=False)

    def encoded(self, encode: Callable[["Message"], bytes]) -> bytes:
        """Return the result of ``encode``, cached: a room's latest messages are read repeatedly,
        and encoding is the largest cost of a page.
        """
        encoded = self._encoded
        if encoded is None:
            encoded = encode(self)
            object.__setattr__(self, "_encoded", encoded)  # a cache, not part of its value
        return encoded

    def preview(self) -> "Preview":
        """Return the preview, cached: the inboxes of all members share it."""
        preview = self._preview
        if preview is None:
            preview = Preview(
                room=self.room,
                seq=self.seq,
                rev=self.rev,
                sender=self.sender,
                text=self.text[:MAX_PREVIEW_CHARS],
                timestamp=self.timestamp,
                client_id=self.client_id,
                reply_to=self.reply_to,
                edited_at=self.edited_at,
                deleted=self.deleted,
                mentions=self.mentions,
                format=self.format,
                type=self.type,
                truncated=len(self.text) > MAX_PREVIEW_CHARS,
            )
            object.__setattr__(self, "_preview", preview)
        return preview

    def reacted(self, emoji: str) -> int:
        """Return how many users reacted with this emoji."""
        return next((each.count for each in self.reactions if each.emoji == emoji), 0)

    def mentioned(self, user: str) -> bool:
        """Whether this is a mention of the user (I4): never of the sender, never if deleted."""
        return user != self.sender and (user in self.mentions or EVERYONE in self.mentions)


@frozen
class Preview(Message):
    """A message as inboxes show it: with the first MAX_PREVIEW_CHARS characters of its text,
    without reactions, pin and data.

    :ivar truncated: the text is longer.
    """

    truncated: bool = False


@frozen
class SendReceipt:
    """The reply to a repeated clientId: the position of its first message."""

    room: str
    seq: int
    rev: int
    timestamp: int
    text_hash: bytes


@frozen
class InboxRoom:
    """A room in a user's inbox.

    :ivar rev: the last one counted.
    :ivar version: the room's version when the entry was read from the store.
    """

    room: str
    kind: Kind
    title: str
    head_seq: int
    rev: int
    read_seq: int
    unread: int
    mentions: int
    level: Level
    active_at: int
    version: int = attrs.field(default=0, eq=False)
    partner: User | None = None
    last_message: Preview | None = None


@frozen
class Account:
    """An account.

    :ivar password: an argon2id hash; None: log-in by token only.
    :ivar lookalike: set by the store: see :class:`User`.
    """

    name: str
    display_name: str
    password: str | None
    created_at: int
    disabled: bool = False
    lookalike: bool = False


@frozen
class Token:
    """The stored record of a bearer token. Times are in ms since the epoch.

    :ivar digest: the token's SHA-256; the token itself is not stored.
    :ivar id: random, by which the owner refers to it.
    :ivar last_used_at: updated at most once a day.
    """

    digest: bytes
    user: str
    created_at: int
    expires_at: int
    id: str
    label: str = ""
    last_used_at: int | None = None
