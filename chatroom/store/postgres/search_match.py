"""Which documents match a search, newest first, in one read transaction.

There are two ways, as with SQLite. Documents can be looked through, each as a string, which finds
common words at once. The index finds rare words at once, but it reads all entries of a word before
the newest one is known, so it is not asked for common words. Which words are rare is estimated from
the newest documents.
"""

from collections.abc import Iterator, Sequence
from typing import Final

import attrs

from ...search.documents import labelled
from ...search.query import Phrase
from ..search import Search
from ..sql.connection import Connection
from ..sql.rows import among
from ..sql.search import Row, SearchedRooms
from ..sql.search_documents import TIME_SHIFT

SAMPLED: Final = 1_000
"""Documents from which the number of entries is estimated."""
MAX_ENTRIES: Final = 10_000
"""Entries of a word for which the index is asked."""
MAX_SCANNED: Final = 40_000
"""Documents that one page looks through."""


def match(
    connection: Connection, search: Search, rooms: SearchedRooms, low: int, high: int
) -> "Matching":
    """See :class:`chatroom.store.sql.search.Match`."""
    phrases = (*search.phrases, *labelled(search.sender, search.has))
    return Matching(connection, phrases, rooms.names, low, high)


@attrs.define(eq=False)
class Matching:
    """See :class:`chatroom.store.sql.search.Matching`."""

    connection: Connection
    phrases: Sequence[Phrase]
    rooms: str
    low: int
    high: int

    @property
    def ended_early(self) -> bool:
        return self.high > self.low

    def __iter__(self) -> Iterator[Row]:
        asked = self._rare()
        if asked:
            return self._found(asked)
        return self._scanned()

    def _rare(self) -> list[Phrase]:
        """Return the phrases for which the index is asked."""
        if not self.phrases:
            return []
        patterns = self._patterns()
        counts = ", ".join(
            f"count(*) FILTER (WHERE instr(document, :{name}) > 0)" for name in patterns
        )
        total, sampled, *found = self.connection.execute(
            f"""
            SELECT (SELECT max(id) FROM messages), count(*), {counts}
            FROM (
                SELECT document FROM search_documents ORDER BY doc DESC LIMIT {SAMPLED}
            ) AS sample
            """,
            patterns,
        ).fetchone()
        each = (total or 0) / max(sampled, 1)
        return [
            phrase
            for phrase, count in zip(self.phrases, found, strict=True)
            if (count + 1) * each <= MAX_ENTRIES
        ]

    def _found(self, asked: Sequence[Phrase]) -> Iterator[Row]:
        """Ask the index, and look at all documents that it finds."""
        words = " & ".join(_lexeme(word, phrase) for phrase in asked for word in phrase.words)
        fits, values = self._fits()
        rows = self.connection.execute(
            f"""
            SELECT d.doc, d.room, d.seq FROM search_documents AS d
            WHERE tokens_of(d.document) @@ CAST(:words AS tsquery)
              AND d.doc >= :low AND d.doc < :high AND {fits}
            ORDER BY d.doc DESC
            """,
            {**values, "words": words, "low": self.low, "high": self.high},
        ).fetchall()
        self.high = self.low
        return iter(rows)

    def _scanned(self) -> Iterator[Row]:
        """Look through some documents, and those of the last one's time."""
        row = self.connection.execute(
            f"""
            SELECT doc FROM search_documents WHERE doc >= :low AND doc < :high
            ORDER BY doc DESC LIMIT 1 OFFSET {MAX_SCANNED - 1}
            """,
            {"low": self.low, "high": self.high},
        ).fetchone()
        split = self.low if row is None else (row[0] >> TIME_SHIFT) << TIME_SHIFT
        split = max(split, self.low)
        fits, values = self._fits()
        rows = self.connection.execute(
            f"""
            SELECT d.doc, d.room, d.seq FROM search_documents AS d
            WHERE d.doc >= :low AND d.doc < :high AND {fits}
            ORDER BY d.doc DESC
            """,
            {**values, "low": split, "high": self.high},
        ).fetchall()
        self.high = split
        return iter(rows)

    def _fits(self) -> tuple[str, dict[str, str]]:
        """Return the condition that a document has all phrases and is of one of the rooms, and its
        parameters."""
        patterns = self._patterns()
        conditions = [f"instr(d.document, :{name}) > 0" for name in patterns]
        conditions.append(f"d.room {among('rooms')}")
        return " AND ".join(conditions), {**patterns, "rooms": self.rooms}

    def _patterns(self) -> dict[str, str]:
        return {f"pattern{number}": each.pattern for number, each in enumerate(self.phrases)}


def _lexeme(word: str, phrase: Phrase) -> str:
    """Return the condition of the index that a document has a word of a phrase."""
    quoted = word.replace("\\", "\\\\").replace("'", "''")
    prefix = ":*" if phrase.prefix and word == phrase.words[-1] else ""
    return f"'{quoted}'{prefix}"
