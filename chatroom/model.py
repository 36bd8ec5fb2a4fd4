"""The words of the domain: names, people, rooms, messages, and what can happen in a room.

Everything here is frozen, plain data with no I/O; the store keeps it, the actors reason about it,
the wire shows it.
"""

import re
from collections.abc import Callable
from typing import Literal, TypeAlias

import attrs

Role: TypeAlias = Literal["owner", "moderator", "member"]
Visibility: TypeAlias = Literal["public", "private"]
Kind: TypeAlias = Literal["room", "direct"]
Level: TypeAlias = Literal["all", "mentions", "none"]

EVERYONE = "room"
"""The name that ``@room`` mentions."""
RESERVED = frozenset({EVERYONE, "here", "all", "everyone", "channel", "admin", "system"})
"""Names that no account may have, as they seem to mean everyone or the server itself."""

PREVIEW_CHARS = 200
NAME_CHARS = 64
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_SIGNS = "._-"
MAX_MENTIONS = 50
"""In a text; further ones mention nobody."""
# One more than a name may have on either side: `@bob` in `a@bob` is an address, not a mention.
_MENTION = re.compile(r"(?<![a-z0-9._-])@([a-z0-9][a-z0-9._-]*)")


def is_name(name: str) -> bool:
    """Whether a person or a (not direct) room may be called so."""
    return NAME.fullmatch(name) is not None


def direct_room(one: str, other: str) -> str:
    """The name of the room of two people, whoever of them asks."""
    first, second = sorted((one, other))
    return f"@{first}:{second}"


def direct_pair(room: str) -> tuple[str, str] | None:
    """The two people of a direct room's name; None if it is not the name of one."""
    if not room.startswith("@"):
        return None
    one, colon, other = room[1:].partition(":")
    if not colon or not is_name(one) or not is_name(other) or one > other:
        return None
    return one, other


def mention_candidates(text: str) -> list[tuple[str, ...]]:
    """For each of the first MAX_MENTIONS words after an ``@`` the names that it may mean, the
    longer first.

    A sign belongs to a name as well as to a sentence: ``@bob..`` means ``bob..`` if there is such
    a member, else ``bob``.
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
    both = dict.fromkeys((word, word.rstrip(_SIGNS)))
    return tuple(name for name in both if len(name) <= NAME_CHARS)


@attrs.frozen
class User:
    """``lookalike``: the name or the display name looks like that of an account that was there
    before, so the account's name should be shown with it.
    """

    name: str
    display_name: str
    lookalike: bool = False


@attrs.frozen
class Room:
    """A room as committed. ``head_rev - head_seq`` is the number of changes in its history.

    ``first_seq`` is the oldest seq that may still be kept: 1 until something is pruned, and
    ``head_seq + 1`` when everything is. ``members`` counts them. Times are ms since the epoch.
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

    def at(self, head_seq: int, head_rev: int, last_timestamp: int) -> "Room":
        """The room when its head is there. Written out: it is made for each batch, and
        :func:`attrs.evolve` takes twice as long.
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
        )


@attrs.frozen
class Member:
    """One person's place in one room.

    ``read_seq`` is the read cursor, ``sent`` the number of own messages since joining, and
    ``sent_read`` how many of those lie at or below the cursor.
    """

    room: str
    user: str
    display_name: str
    role: Role
    joined_at: int
    read_seq: int = 0
    sent: int = 0
    sent_read: int = 0
    level: Level = "all"
    lookalike: bool = False


@attrs.frozen
class Message:
    """``rev`` is that of the last change; ``mentions`` are names, EVERYONE for ``@room``."""

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
    _encoded: bytes | None = attrs.field(default=None, init=False, eq=False, repr=False)
    _preview: "Preview | None" = attrs.field(default=None, init=False, eq=False, repr=False)

    def encoded(self, encode: Callable[["Message"], bytes]) -> bytes:
        """What ``encode`` makes of it, made once: the latest of a room are shown again and again,
        and encoding a page costs more than all else about it.
        """
        encoded = self._encoded
        if encoded is None:
            encoded = encode(self)
            object.__setattr__(self, "_encoded", encoded)  # none of its values
        return encoded

    def preview(self) -> "Preview":
        """Made once: the inboxes of all members show the same one."""
        preview = self._preview
        if preview is None:
            preview = Preview(
                room=self.room,
                seq=self.seq,
                rev=self.rev,
                sender=self.sender,
                text=self.text[:PREVIEW_CHARS],
                timestamp=self.timestamp,
                client_id=self.client_id,
                reply_to=self.reply_to,
                edited_at=self.edited_at,
                deleted=self.deleted,
                mentions=self.mentions,
                truncated=len(self.text) > PREVIEW_CHARS,
            )
            object.__setattr__(self, "_preview", preview)
        return preview

    def mentioned(self, user: str) -> bool:
        """Whether this counts among that person's mentions (I4: never one's own, never deleted)."""
        return user != self.sender and (user in self.mentions or EVERYONE in self.mentions)


@attrs.frozen
class Preview(Message):
    """A message as inboxes show it: with the first 200 characters of its text; ``truncated`` when
    there are more.
    """

    truncated: bool = False


@attrs.frozen
class SendReceipt:
    """What a repeated clientId is answered with: where its first message went."""

    room: str
    seq: int
    rev: int
    timestamp: int
    text_hash: bytes


@attrs.frozen
class InboxRoom:
    """One room as one person's inbox sees it; ``rev`` tells up to where it has counted."""

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
    partner: User | None = None
    last_message: Preview | None = None


@attrs.frozen
class Account:
    """``password`` is an argon2id hash, or None for who comes in by token only. ``lookalike`` is
    the store's word: see :class:`User`.
    """

    name: str
    display_name: str
    password: str | None
    created_at: int
    disabled: bool = False
    lookalike: bool = False


@attrs.frozen
class Token:
    """A bearer token as it is kept: ``digest`` is its SHA-256, never the token itself. ``id`` is
    random, for its owner to speak of it. ``last_used_at`` is as of some day.
    """

    digest: bytes
    user: str
    created_at: int
    expires_at: int
    id: str
    label: str = ""
    last_used_at: int | None = None
