"""Pages of a search, in one read transaction: the rooms to search, and the messages of matching
documents, as they are now. Which documents match, an engine finds by its index.
"""

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import itemgetter
from typing import Final, Protocol, TypeAlias

import attrs

from ...model import Message
from ...protocol.results import PAGE_BYTES
from ...search.documents import has, matched
from ...search.query import Range
from ..search import CONSUMER, Position, Search, SearchPage
from .connection import Connection
from .rows import MESSAGE, json_array
from .search_documents import TIME_SHIFT

MAX_TIME: Final = 1 << 42


Row: TypeAlias = tuple[int, str, int]
"""A document's id, its room and its seq."""


class Matching(Protocol):
    """Iterates over matching documents, newest first. It ends early when it has looked at as many
    as one page may.

    :ivar high: after the end, the lowest id that was looked at. All documents of its time were.
    """

    high: int

    @property
    def ended_early(self) -> bool: ...

    def __iter__(self) -> Iterator[Row]: ...


class Match(Protocol):
    """How an engine finds the documents of a search with ids from ``low`` up to ``high``, without
    it."""

    def __call__(
        self, connection: Connection, search: Search, rooms: "SearchedRooms", low: int, high: int
    ) -> Matching: ...


def search(
    connection: Connection, match: Match, search: Search, size: Callable[[Message], int]
) -> SearchPage:
    """See :meth:`chatroom.store.search.SearchStore.search`."""
    rooms = searched_rooms(connection, search)
    page = _Page(connection, search, size)
    if rooms.count:
        page.take(match(connection, search, rooms, *_span(search)))
    return SearchPage(tuple(page.messages), tuple(page.ranges), rooms.pending, page.next)


# ---- what is searched


@attrs.frozen
class SearchedRooms:
    """The rooms of the user that are searched.

    :ivar names: a JSON array.
    :ivar messages: how many they have, including the deleted ones.
    :ivar pending: posts and changes that are not indexed yet.
    """

    count: int
    names: str
    messages: int
    pending: int


def searched_rooms(connection: Connection, search: Search) -> SearchedRooms:
    row = connection.execute(
        """
        SELECT count(*), json_group_array(m.room), coalesce(sum(r.head_seq - r.first_seq + 1), 0),
               coalesce(sum(r.head_rev - coalesce(c.rev, 0)), 0)
        FROM members AS m
        JOIN rooms AS r ON r.name = m.room
        LEFT JOIN consumer_cursors AS c ON c.room = m.room AND c.consumer = :consumer
        WHERE m.user = :user AND (CAST(:room AS TEXT) IS NULL OR m.room = :room)
        """,
        {"user": search.user, "room": search.room, "consumer": CONSUMER},
    ).fetchone()
    return SearchedRooms(*row)


def _span(search: Search) -> tuple[int, int]:
    """Return the range of ids to search, without the end."""
    low, high = 0, MAX_TIME
    if search.after is not None:
        low = min(search.after + 1, high)
    if search.before is not None:
        high = min(search.before, high)
    if search.since is not None:
        high = min(search.since.timestamp + 1, high)
    return low << TIME_SHIFT, high << TIME_SHIFT


# ---- the page


@attrs.define(eq=False)
class _Page:
    """Collects the messages of matching documents, until the page is full."""

    connection: Connection
    search: Search
    size: Callable[[Message], int]
    messages: list[Message] = attrs.field(factory=list)
    ranges: list[tuple[Range, ...]] = attrs.field(factory=list)
    bytes: int = 0
    last: Position | None = None
    """The place of the last message."""
    next: Position | None = None

    def take(self, matching: Matching) -> None:
        places = self._places(matching)
        # One more than there is room for tells whether there is a next page.
        while some := list(itertools.islice(places, self.search.limit + 1 - len(self.messages))):
            for place, message in self._messages(some):
                if not self._add(place, message):
                    return
        if matching.ended_early:
            self.next = Position.before((matching.high >> TIME_SHIFT) - 1)

    def _places(self, rows: Iterable[Row]) -> Iterator[Position]:
        for timestamp, group in itertools.groupby(rows, lambda row: row[0] >> TIME_SHIFT):
            places = [Position(timestamp, room, seq) for _, room, seq in group]
            yield from filter(self._is_on_page, sorted(places, key=Position.key))

    def _is_on_page(self, place: Position) -> bool:
        since = self.search.since
        return since is None or place.key() > since.key()

    def _messages(self, places: Sequence[Position]) -> Iterator[tuple[Position, Message]]:
        """Yield the messages, as they are now, without those that were deleted."""
        rows = self.connection.execute(
            f"""
            SELECT place.key, {MESSAGE.of("m")} FROM json_each(:places) AS place
            CROSS JOIN messages_now AS m
                ON m.room = place.value ->> 0 AND m.seq = CAST(place.value ->> 1 AS BIGINT)
            WHERE NOT m.deleted
            """,
            {"places": json_array((place.room, place.seq) for place in places)},
        )
        for number, *row in sorted(rows, key=itemgetter(0)):
            yield places[number], MESSAGE.value(row)

    def _add(self, place: Position, message: Message) -> bool:
        """Add a message, unless it does not match any more. Return False if the page is full."""
        found = matched(message, self.search.phrases)
        if found is None or (self.search.has and not has(message, self.search.has)):
            return True
        self.bytes += self.size(message)
        if len(self.messages) == self.search.limit or (self.messages and self.bytes > PAGE_BYTES):
            self.next = self.last
            return False
        self.last = place
        self.messages.append(message)
        self.ranges.append(found)
        return True
