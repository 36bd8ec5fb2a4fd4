"""Search: documents of messages, written by a log consumer, and pages of what a query finds."""

from collections.abc import Callable, Sequence
from typing import Final, Protocol, Self

import attrs

from ..errors import Refused
from ..model import Has, Message
from ..search.query import Phrase, Range
from .room_log import text_size

CONSUMER: Final = "search"
"""The log consumer that writes the documents."""
FORGET_AFTER_S: Final = 6 * 3600
"""Time after which the index forgets the words of removed documents. Each time it is rewritten."""


@attrs.frozen
class Position:
    """A place in the order of results: by time, newest first; those of the same time by room, and
    in a room by seq, highest first."""

    timestamp: int
    room: str
    seq: int

    def key(self) -> tuple[int, str, int]:
        """Return a key by which to sort."""
        return -self.timestamp, self.room, -self.seq

    @classmethod
    def before(cls, timestamp: int) -> Self:
        """Return the place before all results of a time."""
        return cls(timestamp, "", 0)  # sorts before the names of all rooms

    def cursor(self) -> str:
        return f"{self.timestamp}.{self.seq}.{self.room}"

    @classmethod
    def of_cursor(cls, cursor: str) -> Self:
        """:raises Refused: it is not the cursor of a page."""
        try:
            timestamp, seq, room = cursor.split(".", 2)
            return cls(int(timestamp), room, int(seq))
        except ValueError:
            raise Refused("invalid_params", "cursor: must be the next of a page") from None


@attrs.frozen
class Search:
    """A search of ``user``. ``before`` and ``after`` are times in ms, both exclusive. ``since`` is
    the place after which the page begins."""

    user: str
    phrases: tuple[Phrase, ...]
    limit: int
    room: str | None = None
    sender: str | None = None
    before: int | None = None
    after: int | None = None
    has: Has | None = None
    since: Position | None = None


@attrs.frozen
class SearchPage:
    """Messages that a search finds, as they are now, newest first, each with the ranges of its text
    that match.

    ``pending``: the number of posts and changes in the rooms searched that are not indexed yet.
    ``next``: where the next page begins; None at the end.
    """

    messages: tuple[Message, ...] = ()
    ranges: tuple[tuple[Range, ...], ...] = ()
    pending: int = 0
    next: Position | None = None


@attrs.frozen
class IndexedMessage:
    """``document`` is None if the message was deleted or no query can find it."""

    seq: int
    rev: int
    timestamp: int
    document: str | None


@attrs.frozen
class IndexedPage:
    """What :class:`.room_log.Changes` has of a room, up to ``next_rev``."""

    room: str
    messages: tuple[IndexedMessage, ...]
    next_rev: int


class SearchStore(Protocol):
    async def search(
        self, wanted: Search, size: Callable[[Message], int] = text_size
    ) -> SearchPage:
        """Search the rooms of which the user is a member in the snapshot.

        A page may be shorter than the limit, or empty, while ``next`` is set: the work for one page
        is bounded. It is also shortened as in :meth:`.room_log.RoomLogStore.page`.
        """

    async def index(self, pages: Sequence[IndexedPage]) -> None:
        """Write documents, and move the cursors of :data:`CONSUMER`, in one commit. What a cursor
        has passed already is ignored, as are rooms that do not exist and pruned messages."""

    async def forget_words(self, after_s: int = FORGET_AFTER_S) -> bool:
        """Rewrite a part of the index without the words of removed documents, if the first of them
        was removed so long ago. Return False when nothing is left to do. An engine that removes
        them at once returns False."""
