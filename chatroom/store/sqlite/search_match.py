"""Which documents match a search, newest first, in one read transaction.

There are two ways. Documents can be looked through, each as a string, which finds common words at
once. FTS5 finds rare words at once. A word with a prefix stands for many words, and FTS5 joins all
their entries before it returns the newest document, so it is not asked for common prefixes.

Which words are rare is estimated from the newest documents. If some are, FTS5 is asked for them,
and the strings of the documents that it finds tell about the others. If none are, documents are
looked through.

Labels of a search (rooms, sender, what a message has) are conditions of FTS5 too. It finds them
newest first without reading more than it returns.
"""

from collections.abc import Iterator, Sequence
from typing import Final

import attrs
import orjson

from ...search.documents import in_room, labelled
from ...search.query import Phrase
from ..search import Search
from ..sql.connection import Connection
from ..sql.rows import among
from ..sql.search import Row, SearchedRooms
from ..sql.search_documents import TIME_SHIFT

MAX_ROOM_TERMS: Final = 100
"""Rooms that a query of FTS5 can name. Each costs 0.1 ms."""
SAMPLED: Final = 1_000
"""Documents from which the number of entries is estimated: 0.4 ms for each phrase."""
RARE_ENTRIES: Final = 10_000
"""Entries that FTS5 joins in 1 ms. If a phrase has no more, it is asked at once."""
MAX_JOINED_ENTRIES: Final = 100_000
"""Entries that FTS5 joins for one page: 10 ms."""
JOINED_PER_FETCH: Final = 10
"""Entries that are joined in the time in which one document is fetched."""
SCANNED: Final = 4_000
"""Documents that are looked through before FTS5 is asked for phrases that are not rare: 2 ms."""
MAX_SCANNED: Final = 40_000
"""Documents that one page looks through: 12 ms."""
FETCHED: Final = 1_000
"""The same as :data:`SCANNED` if FTS5 finds the documents, by labels or words: 1.3 ms."""
MAX_FETCHED: Final = 10_000
"""The same as :data:`MAX_SCANNED` if FTS5 finds the documents: 13 ms."""


def condition(phrase: Phrase) -> str:
    """Return the condition of FTS5 that a document has a phrase."""
    return f'"{" ".join(phrase.words)}"{" *" if phrase.prefix else ""}'


def _labels(connection: Connection, search: Search, rooms: SearchedRooms) -> Sequence[str]:
    """Return the conditions of FTS5 for the labels of the search."""
    conditions = [condition(phrase) for phrase in labelled(search.sender, search.has)]
    if rooms.count <= MAX_ROOM_TERMS:
        (last,) = connection.execute("SELECT max(id) FROM messages").fetchone()
        # For those who see most messages, it is faster to leave out the others one by one.
        if rooms.messages * 2 < (last or 0):
            terms = " OR ".join(condition(in_room(room)) for room in orjson.loads(rooms.names))
            conditions.append(f"({terms})")
    return conditions


def match(
    connection: Connection, search: Search, rooms: SearchedRooms, low: int, high: int
) -> "Matching":
    """See :class:`chatroom.store.sql.search.Match`."""
    labels = _labels(connection, search, rooms)
    return Matching(connection, search.phrases, rooms.names, rooms.messages, labels, low, high)


@attrs.define(eq=False)
class Matching:
    """Iterates over the documents of some rooms that have all phrases, and ids from ``low`` up to
    ``high``, without it. It ends early when it has looked at as many as one page may.

    :ivar rooms: their names, a JSON array.
    :ivar documents: how many the rooms have at most.
    :ivar labels: conditions of FTS5 that the documents meet too.
    :ivar high: after the end, the lowest id that was looked at. All documents of its time were.
    """

    connection: Connection
    phrases: Sequence[Phrase]
    rooms: str
    documents: int
    labels: Sequence[str]
    low: int
    high: int

    @property
    def ended_early(self) -> bool:
        return self.high > self.low

    def __iter__(self) -> Iterator[Row]:
        asked, at_once = self._asked()
        if not at_once:
            yield from self._first()
        if not self.ended_early:
            return
        if asked or self.labels:
            yield from self._found(asked, MAX_FETCHED)
        else:
            yield from self._scanned(MAX_SCANNED)

    def _first(self) -> Iterator[Row]:
        """Look through the newest documents."""
        return self._found((), FETCHED) if self.labels else self._scanned(SCANNED)

    # ---- what to ask FTS5 for

    def _asked(self) -> tuple[Sequence[Phrase], bool]:
        """Return the phrases to ask FTS5 for, and whether it finds them at once."""
        asked = [phrase for phrase in self.phrases if not phrase.prefix]
        at_once = bool(asked)
        most = min(MAX_JOINED_ENTRIES, self.documents * JOINED_PER_FETCH)
        joined = 0
        for entries, phrase in self._prefixes():
            joined += entries
            if joined <= most:
                asked.append(phrase)
                at_once = at_once or entries <= RARE_ENTRIES
            elif len(phrase.words) > 1:
                asked.append(Phrase(phrase.words[:-1], prefix=False))
                at_once = True
        return asked, at_once

    def _prefixes(self) -> Sequence[tuple[int, Phrase]]:
        """Return the phrases with a prefix, each with an estimate of the entries that FTS5 joins
        for it, in this order."""
        phrases = [phrase for phrase in self.phrases if phrase.prefix]
        if not phrases:
            return ()
        patterns = _patterns([Phrase(phrase.words[-1:], prefix=True) for phrase in phrases])
        counts = ", ".join(f"total(instr(document, :{name}) > 0)" for name in patterns)
        found = self.connection.execute(
            f"""
            SELECT (SELECT max(id) FROM messages) / max(count(*), 1), {counts}
            FROM (
                SELECT document FROM search_documents
                WHERE doc >= 0 ORDER BY doc DESC LIMIT {SAMPLED}
            )
            """,
            patterns,
        ).fetchone()
        each = found[0] or 0
        entries = [int(count + 1) * each for count in found[1:]]
        return sorted(zip(entries, phrases, strict=True), key=lambda pair: pair[0])

    # ---- the two ways

    def _scanned(self, most: int) -> Iterator[Row]:
        """Look through so many documents, and those of the last one's time."""
        row = self.connection.execute(
            f"""
            SELECT doc FROM search_documents WHERE doc >= :low AND doc < :high
            ORDER BY doc DESC LIMIT 1 OFFSET {most - 1}
            """,
            {"low": self.low, "high": self.high},
        ).fetchone()
        split = self.low if row is None else (row[0] >> TIME_SHIFT) << TIME_SHIFT
        split = max(split, self.low)
        fits, values = self._fits(self.phrases)
        yield from self.connection.execute(
            f"""
            SELECT d.doc, d.room, d.seq FROM search_documents AS d
            WHERE d.doc >= :low AND d.doc < :high AND {fits}
            ORDER BY d.doc DESC
            """,
            {**values, "low": split, "high": self.high},
        )
        self.high = split

    def _found(self, asked: Sequence[Phrase], most: int) -> Iterator[Row]:
        """Look through so many documents that FTS5 finds, and those of the last one's time."""
        match = " AND ".join([*self.labels, *map(condition, asked)])
        fits, values = self._fits([phrase for phrase in self.phrases if phrase not in asked])
        rows = self.connection.execute(
            f"""
            SELECT d.doc, d.room, d.seq, found.number, {fits}
            FROM (
                SELECT rowid AS doc, row_number() OVER (ORDER BY rowid DESC) AS number
                FROM search_index
                WHERE search_index MATCH :match AND rowid >= :low AND rowid < :high
                ORDER BY rowid DESC LIMIT -1  -- without a limit, the order is not kept
            ) AS found
            CROSS JOIN search_documents AS d ON d.doc = found.doc
            WHERE found.number >= {most} OR {fits}
            """,
            {**values, "match": match, "low": self.low, "high": self.high},
        )
        last = 0
        for doc, room, seq, number, fit in rows:
            time = doc >> TIME_SHIFT
            if number > most and time != last:
                self.high = last << TIME_SHIFT
                return
            last = time
            if fit:
                yield doc, room, seq
        self.high = self.low

    def _fits(self, phrases: Sequence[Phrase]) -> tuple[str, dict[str, str]]:
        """Return the condition that a document has phrases and is of one of the rooms, and its
        parameters."""
        patterns = _patterns(phrases)
        conditions = [f"instr(d.document, :{name})" for name in patterns]
        # The plus keeps SQLite from looking for the rooms in an index.
        conditions.append(f"+d.room {among('rooms')}")
        return f"({' AND '.join(conditions)})", {**patterns, "rooms": self.rooms}


def _patterns(phrases: Sequence[Phrase]) -> dict[str, str]:
    return {f"pattern{number}": phrase.pattern for number, phrase in enumerate(phrases)}
