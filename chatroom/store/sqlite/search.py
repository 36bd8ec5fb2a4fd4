"""Pages of a search, in one read transaction: the rooms to search, and the messages of matching
documents (:mod:`.search_match`), as they are now.
"""

import itertools
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from typing import Final

import attrs

from ...model import Message
from ...protocol.results import PAGE_BYTES
from ...search.documents import has, in_room, labelled, matched
from ...search.query import Range
from ..search import CONSUMER, Position, Search, SearchPage
from .rows import MESSAGE
from .search_match import TIME_SHIFT, Row, condition, matching

MAX_EXAMINED: Final = 20_000
"""Documents with all the words that one page examines, because they may be of other rooms."""
MAX_ROOM_TERMS: Final = 100
"""Rooms that a query of FTS5 can name. Each costs 0.1 ms."""
MAX_TIME: Final = 1 << 42


def search(
    connection: sqlite3.Connection, search: Search, size: Callable[[Message], int]
) -> SearchPage:
    """See :meth:`chatroom.store.search.SearchStore.search`."""
    rooms = searched_rooms(connection, search)
    page = _Page(connection, search, rooms, size)
    if rooms:
        labels = _labels(connection, search, rooms)
        page.take(matching(connection, search.phrases, labels, *_span(search)))
    return page.result()


# ---- what is searched


@attrs.frozen
class SearchedRoom:
    """A room of the user. ``pending``: its posts and changes that are not indexed yet."""

    messages: int
    pending: int


def searched_rooms(connection: sqlite3.Connection, search: Search) -> Mapping[str, SearchedRoom]:
    rows = connection.execute(
        """
        SELECT m.room, r.head_seq - r.first_seq + 1, r.head_rev - coalesce(c.rev, 0)
        FROM members AS m
        JOIN rooms AS r ON r.name = m.room
        LEFT JOIN consumer_cursors AS c ON c.room = m.room AND c.consumer = :consumer
        WHERE m.user = :user AND (:room IS NULL OR m.room = :room)
        """,
        {"user": search.user, "room": search.room, "consumer": CONSUMER},
    )
    return {room: SearchedRoom(messages, pending) for room, messages, pending in rows}


def _labels(
    connection: sqlite3.Connection, search: Search, rooms: Mapping[str, SearchedRoom]
) -> str | None:
    """Return the condition of FTS5 for the labels of the search; None: there is none."""
    conditions = [condition(phrase) for phrase in labelled(search.sender, search.has)]
    if len(rooms) <= MAX_ROOM_TERMS:
        (last,) = connection.execute("SELECT max(id) FROM messages").fetchone()
        # For those who see most messages, it is faster to leave out the others one by one.
        if sum(room.messages for room in rooms.values()) * 2 < (last or 0):
            terms = " OR ".join(condition(in_room(room)) for room in rooms)
            conditions.append(f"({terms})")
    return " AND ".join(conditions) or None


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

    connection: sqlite3.Connection
    search: Search
    rooms: Mapping[str, SearchedRoom]
    size: Callable[[Message], int]
    messages: list[Message] = attrs.field(factory=list)
    ranges: list[tuple[Range, ...]] = attrs.field(factory=list)
    bytes: int = 0
    last: Position | None = None
    """The place of the last message."""
    next: Position | None = None

    def take(self, rows: Iterable[Row]) -> None:
        examined = 0
        for timestamp, group in itertools.groupby(rows, lambda row: row[0] >> TIME_SHIFT):
            if examined > MAX_EXAMINED:
                self.next = Position.end_of(timestamp + 1)
                return
            places = []
            for _, room, seq in group:
                examined += 1
                if room in self.rooms:
                    places.append(Position(timestamp, room, seq))
            for place in sorted(places, key=Position.key):
                if self._is_on_page(place) and not self._add(place):
                    return

    def _is_on_page(self, place: Position) -> bool:
        since = self.search.since
        return since is None or place.key() > since.key()

    def _add(self, place: Position) -> bool:
        """Add a message, unless it does not match any more. Return False if the page is full."""
        message = self._message(place)
        if message is None:
            return True
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

    def _message(self, place: Position) -> Message | None:
        row = self.connection.execute(
            f"""
            SELECT {MESSAGE} FROM messages_now
            WHERE room = :room AND seq = :seq AND NOT deleted
            """,
            {"room": place.room, "seq": place.seq},
        ).fetchone()
        return None if row is None else MESSAGE.value(row)

    def result(self) -> SearchPage:
        return SearchPage(
            messages=tuple(self.messages),
            ranges=tuple(self.ranges),
            pending=sum(room.pending for room in self.rooms.values()),
            next=self.next,
        )
