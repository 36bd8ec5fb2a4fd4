"""Messages, and what stands on them."""

from ...frozen import frozen
from ...model import Message, OwnReactions, Part, Quoted, Thread, User


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
