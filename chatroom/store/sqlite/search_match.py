"""Which documents match a search, newest first, in one read transaction.

Two ways follow one another. First the newest documents are looked through, each as a string. If
that does not fill the page, FTS5 is asked for older ones. The first way finds common words at once,
for which the second would be slow: FTS5 reads all entries of all words with a prefix before it
returns the newest. What the first way hardly finds is rare, and the second way is fast for it.

Both begin from the labels of a search (rooms, sender, what a message has), which FTS5 finds newest
first without reading more than it returns.
"""

import itertools
import sqlite3
from collections.abc import Iterator, Sequence
from typing import Final, TypeAlias

import attrs

from ...search.query import Phrase

TIME_SHIFT: Final = 20
"""A document's id is its message's time in ms, times 2 to this power, plus a number that makes it
unique. So ids are in the order of time, also if old messages are indexed late."""
SCANNED: Final = 20_000
"""Documents that are looked through: 5 ms."""
SCANNED_LABELLED: Final = 5_000
"""The same if they are found by their labels, each by itself: 5 ms too."""

Row: TypeAlias = tuple[int, str, int]
"""A document's id, its room and its seq."""


def matching(
    connection: sqlite3.Connection,
    words: Sequence[Phrase],
    labels: str | None,
    low: int,
    high: int,
) -> Iterator[Row]:
    """Yield the documents of a range of ids that have all phrases.

    :param labels: a condition of FTS5 that they meet too; None: all do.
    """
    documents = _Documents(connection, labels)
    split = documents.first_scanned(low, high)
    return itertools.chain(
        documents.scanned(words, split, high), documents.found(words, low, split, high)
    )


def condition(phrase: Phrase) -> str:
    """Return the condition of FTS5 that a document has a phrase."""
    return f'"{" ".join(phrase.words)}"{" *" if phrase.prefix else ""}'


@attrs.frozen
class _Documents:
    """The documents with the labels, all if there are none."""

    connection: sqlite3.Connection
    labels: str | None

    def first_scanned(self, low: int, high: int) -> int:
        """Return from which id on to look through documents: the first one of its time."""
        count = SCANNED if self.labels is None else SCANNED_LABELLED
        query = """
            SELECT rowid AS doc FROM search_index
            WHERE search_index MATCH :match AND rowid >= :low AND rowid < :high
        """
        if self.labels is None:
            query = "SELECT doc FROM search_documents WHERE doc >= :low AND doc < :high"
        row = self.connection.execute(
            f"{query} ORDER BY doc DESC LIMIT 1 OFFSET {count}",
            {"match": self.labels, "low": low, "high": high},
        ).fetchone()
        return low if row is None else (row[0] >> TIME_SHIFT) << TIME_SHIFT

    def scanned(self, words: Sequence[Phrase], low: int, high: int) -> Iterator[Row]:
        return self._rows(self.labels, words, low, high)

    def found(self, words: Sequence[Phrase], low: int, split: int, high: int) -> Iterator[Row]:
        """Find the documents below ``split`` with FTS5.

        It is asked for one phrase with a prefix, the rarest of those looked through from ``split``
        on, and for all without a prefix, of which it reads no more than it needs. The strings of
        the documents tell about the others.
        """
        if low >= split:
            return
        asked = [phrase for phrase in words if not phrase.prefix]
        if prefixes := [phrase for phrase in words if phrase.prefix]:
            asked.append(self._rarest(prefixes, split, high))
        others = [phrase for phrase in words if phrase not in asked]
        match = " AND ".join(map(condition, asked))
        if self.labels is not None:
            match = f"{self.labels} AND {match}"
        yield from self._rows(match, others, low, split)

    def _rarest(self, phrases: Sequence[Phrase], low: int, high: int) -> Phrase:
        if len(phrases) == 1:
            return phrases[0]
        patterns = _patterns(phrases)
        counts = ", ".join(f"total(instr(d.document, :{name}) > 0)" for name in patterns)
        found = self.connection.execute(
            f"SELECT {counts} FROM {_source(self.labels)}",
            {"match": self.labels, "low": low, "high": high, **patterns},
        ).fetchone()
        return min(zip(found, phrases, strict=True), key=lambda each: each[0])[1]

    def _rows(
        self, match: str | None, phrases: Sequence[Phrase], low: int, high: int
    ) -> Iterator[Row]:
        patterns = _patterns(phrases)
        conditions = "".join(f" AND instr(d.document, :{name})" for name in patterns)
        yield from self.connection.execute(
            f"""
            SELECT d.doc, d.room, d.seq FROM {_source(match)}{conditions}
            ORDER BY {"d.doc" if match is None else "f.rowid"} DESC
            """,
            {"match": match, "low": low, "high": high, **patterns},
        )


def _source(match: str | None) -> str:
    """Return the ``FROM`` and ``WHERE`` for a range of documents."""
    if match is None:
        return "search_documents AS d WHERE d.doc >= :low AND d.doc < :high"
    return """
        search_index AS f CROSS JOIN search_documents AS d ON d.doc = f.rowid
        WHERE f.search_index MATCH :match AND f.rowid >= :low AND f.rowid < :high
    """


def _patterns(phrases: Sequence[Phrase]) -> dict[str, str]:
    return {f"pattern{number}": phrase.pattern for number, phrase in enumerate(phrases)}
