"""The parts of a room's log of which there are pages: the whole log, the main log, and each thread.

The messages of a part have dense places. Those of the main log have no column for it: messages in
threads are sparse and numbered, and the place of any other message is its seq minus the number of
the last one of them before it. So messages of the main log cost no index.
"""

from typing import Protocol

import attrs

from ...model import Message
from ..paging import Places
from .connection import Connection
from .rows import MESSAGE, json_array


class Part(Protocol):
    @property
    def places(self) -> Places:
        """The places of the messages that are not pruned."""

    def place_of(self, seq: int) -> int:
        """Return the place of the last message of the part up to ``seq``. Before the first one and
        past the last one the result is out of :attr:`places` too."""

    def messages(self, low: int, high: int) -> list[Message]:
        """Return the messages from place ``low`` to ``high``."""


@attrs.frozen
class WholeLog:
    """All messages. A place is a seq."""

    connection: Connection
    room: str
    places: Places

    def place_of(self, seq: int) -> int:
        return seq

    def messages(self, low: int, high: int) -> list[Message]:
        return _by_seq(self.connection, self.room, low, high)


@attrs.frozen
class MainLog:
    """:ivar pruned: the number of pruned messages in threads."""

    connection: Connection
    room: str
    places: Places
    pruned: int

    def place_of(self, seq: int) -> int:
        row = self.connection.execute(
            """
            SELECT number FROM thread_messages
            WHERE room = :room AND seq <= :seq ORDER BY seq DESC LIMIT 1
            """,
            {"room": self.room, "seq": seq},
        ).fetchone()
        return seq - (row[0] if row else self.pruned)

    def messages(self, low: int, high: int) -> list[Message]:
        if low > high:
            return []
        first, last = self._seqs([low, high])
        if last - first == high - low:  # there are no others in between
            return _by_seq(self.connection, self.room, first, last)
        rows = self.connection.execute(
            f"""
            SELECT {MESSAGE} FROM messages_now
            WHERE room = :room AND seq IN (SELECT value FROM json_each(:seqs)) ORDER BY seq
            """,
            {"room": self.room, "seqs": json_array(self._seqs(range(low, high + 1)))},
        )
        return list(map(MESSAGE.value, rows.fetchall()))

    def _seqs(self, places: "range | list[int]") -> list[int]:
        rows = self.connection.execute(
            """
            SELECT wanted + coalesce((
                SELECT number FROM thread_messages
                WHERE room = :room AND seq - number < wanted
                ORDER BY seq - number DESC, number DESC LIMIT 1
            ), :pruned)
            FROM (
                SELECT CAST(CAST(value AS TEXT) AS BIGINT) AS wanted FROM json_each(:places)
            ) AS found
            """,
            {"room": self.room, "places": json_array(places), "pruned": self.pruned},
        )
        return sorted(seq for (seq,) in rows)  # in the order of their places too


@attrs.frozen
class ThreadPart:
    """A thread. Its root is not a part of it."""

    connection: Connection
    room: str
    root: int
    places: Places

    @classmethod
    def of(cls, connection: Connection, room: str, root: int) -> "ThreadPart":
        first, last = connection.execute(
            """
            SELECT (
                SELECT place FROM thread_messages
                WHERE room = :room AND root = :root ORDER BY place LIMIT 1
            ), (
                SELECT place FROM thread_messages
                WHERE room = :room AND root = :root ORDER BY place DESC LIMIT 1
            )
            """,
            {"room": room, "root": root},
        ).fetchone()
        return cls(connection, room, root, Places(first or 1, last or 0))

    def place_of(self, seq: int) -> int:
        row = self.connection.execute(
            """
            SELECT place FROM thread_messages
            WHERE room = :room AND root = :root AND seq <= :seq ORDER BY seq DESC LIMIT 1
            """,
            {"room": self.room, "root": self.root, "seq": seq},
        ).fetchone()
        return row[0] if row else self.places.first - 1

    def messages(self, low: int, high: int) -> list[Message]:
        rows = self.connection.execute(
            f"""
            SELECT {MESSAGE.of("m")} FROM thread_messages AS t
            JOIN messages_now AS m ON m.room = t.room AND m.seq = t.seq
            WHERE t.room = :room AND t.root = :root AND t.place BETWEEN :low AND :high
            ORDER BY t.place
            """,
            {"room": self.room, "root": self.root, "low": low, "high": high},
        )
        return list(map(MESSAGE.value, rows.fetchall()))


def _by_seq(connection: Connection, room: str, low: int, high: int) -> list[Message]:
    rows = connection.execute(
        f"""
        SELECT {MESSAGE} FROM messages_now
        WHERE room = :room AND seq BETWEEN :low AND :high ORDER BY seq
        """,
        {"room": room, "low": low, "high": high},
    )
    return list(map(MESSAGE.value, rows.fetchall()))
