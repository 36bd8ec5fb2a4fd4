"""What retention has to leave, and what it has to remove: by day and room."""

import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import attrs

from chatroom.clock import DAY_MS
from chatroom.store.sqlite.startup import FILE

KEEP_DAYS: Final = 30
SHORT_ROOM: Final = "room-0"
SHORT_DAYS: Final = 8
"""What this room keeps by its own setting."""
SLACK_DAYS: Final = 5
"""How much earlier or later a message may go: the clock is wrong by up to three days."""


def days_of(room: str) -> int:
    return SHORT_DAYS if room == SHORT_ROOM else KEEP_DAYS


@attrs.define
class Acknowledged:
    """The seqs of acknowledged messages, each with its day, by room. Those that retention may have
    removed are forgotten, but for the last one."""

    rooms: dict[str, list[tuple[int, int]]] = attrs.field(factory=lambda: defaultdict(list))

    def add(self, room: str, day: int, seq: int) -> None:
        known = self.rooms[room]
        known.append((day, seq))
        while len(known) > 1 and known[0][0] < day - days_of(room) + SLACK_DAYS:
            known.pop(0)

    def wrong(self, data: Path, day: int, now: int) -> Iterator[str]:
        """Yield what is missing, and what is still there although its time is over."""
        path = data / FILE
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            heads = connection.execute("SELECT name, first_seq, head_seq FROM rooms").fetchall()
            oldest = connection.execute(
                "SELECT room, min(timestamp) FROM messages GROUP BY room"
            ).fetchall()
        kept = {room: (first, head) for room, first, head in heads}
        for room, known in self.rooms.items():
            first, head = kept.get(room, (0, 0))
            if head < (last := known[-1][1]):
                yield f"day {day}: {room} {last} was acknowledged, and is not there"
            for sent, seq in known:
                if seq < first and sent > day - days_of(room) + SLACK_DAYS:
                    yield f"day {day}: {room} {seq} of day {sent} was removed too early"
                    break
        for room, timestamp in oldest:
            age = (now - timestamp) / DAY_MS
            if age > days_of(room) + SLACK_DAYS:
                yield f"day {day}: {room} has a message of {age:.1f} days"
