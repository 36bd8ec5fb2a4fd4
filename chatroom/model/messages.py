"""Messages."""

from collections.abc import Callable
from typing import Final, Literal, NewType, TypeAlias

import attrs

from ..frozen import frozen
from .names import EVERYONE

Format: TypeAlias = Literal["markdown", "plain"]
Has: TypeAlias = Literal["link", "file"]
"""What a message may have, to search for."""

JsonObject = NewType("JsonObject", str)
"""A JSON object in its canonical form: keys sorted, no white space."""

MAX_PREVIEW_CHARS = 200
ChangeKind: TypeAlias = Literal["edit", "delete", "react", "pin"]
"""What happens to a message later."""

Part: TypeAlias = Literal["file", "small", "large"]
"""The file itself, or one of the thumbnails of a picture."""
MAX_ATTACHMENTS: Final = 10
"""Maximum number of files in a message."""

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
class Quoted:
    """The beginning of a message, beside a page with a reply to it.

    :ivar truncated: the text is longer.
    :ivar files: the number of its files.
    :ivar file_type: the media type of the first one.
    """

    seq: int
    rev: int
    sender: str
    text: str
    deleted: bool = False
    truncated: bool = False
    files: int = 0
    file_type: str | None = None


@frozen
class Thumbnail:
    """A smaller copy of a picture, in pixels."""

    part: Part
    width: int
    height: int


@frozen
class Attachment:
    """A file in a message.

    :ivar name: for people; not a path.
    :ivar type: its media type, found out by the server.
    :ivar size: in bytes, as it is served.
    :ivar width: in pixels, if it is a picture that the server could read; likewise ``height``.
    """

    id: str
    name: str
    type: str
    size: int
    width: int | None = None
    height: int | None = None
    thumbnails: tuple[Thumbnail, ...] = ()


@frozen
class Message:
    """A message. ``rev``: of its last change; ``mentions``: names, with EVERYONE for ``@room``;
    ``reactions``: in the order in which their emojis first appeared; ``pinned_by``: who pinned it;
    ``thread``: the root of its thread; None: it is in the main log; ``format``: None means
    markdown; ``type`` and ``data``: for products, opaque; ``attachments``: its files.
    """

    room: str
    seq: int
    rev: int
    sender: str
    text: str
    timestamp: int
    client_id: str | None = None
    reply_to: int | None = None
    thread: int | None = None
    edited_at: int | None = None
    deleted: bool = False
    mentions: tuple[str, ...] = ()
    reactions: tuple[Reaction, ...] = ()
    pinned_by: str | None = None
    format: Literal["plain"] | None = None
    type: str | None = None
    data: JsonObject | None = None
    attachments: tuple[Attachment, ...] = ()
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
            attachments = self.attachments
            preview = Preview(
                room=self.room,
                seq=self.seq,
                rev=self.rev,
                sender=self.sender,
                text=self.text[:MAX_PREVIEW_CHARS],
                timestamp=self.timestamp,
                client_id=self.client_id,
                reply_to=self.reply_to,
                thread=self.thread,
                edited_at=self.edited_at,
                deleted=self.deleted,
                mentions=self.mentions,
                format=self.format,
                type=self.type,
                files=len(attachments) if attachments else 0,
                file_type=attachments[0].type if attachments else None,
                truncated=len(self.text) > MAX_PREVIEW_CHARS,
            )
            object.__setattr__(self, "_preview", preview)
        return preview

    def quote(self) -> Quoted:
        return Quoted(
            seq=self.seq,
            rev=self.rev,
            sender=self.sender,
            text=self.text[:MAX_PREVIEW_CHARS],
            deleted=self.deleted,
            truncated=len(self.text) > MAX_PREVIEW_CHARS,
            files=len(self.attachments),
            file_type=self.attachments[0].type if self.attachments else None,
        )

    def reacted(self, emoji: str) -> int:
        """Return how many users reacted with this emoji."""
        return next((each.count for each in self.reactions if each.emoji == emoji), 0)

    def mentioned(self, user: str) -> bool:
        """Whether this is a mention of the user (I4): never of the sender, never if deleted."""
        return user != self.sender and (user in self.mentions or EVERYONE in self.mentions)


@frozen
class Preview(Message):
    """A message as inboxes show it: with the first MAX_PREVIEW_CHARS characters of its text,
    without reactions, pin, data and attachments.

    :ivar truncated: the text is longer.
    :ivar files: the number of attachments.
    :ivar file_type: the media type of the first one.
    """

    truncated: bool = False
    files: int = 0
    file_type: str | None = None


@frozen
class SendReceipt:
    """The reply to a repeated clientId: the position of its first message."""

    room: str
    seq: int
    rev: int
    timestamp: int
    text_hash: bytes
