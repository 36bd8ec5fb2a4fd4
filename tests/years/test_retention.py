"""What retention leaves or removes against its settings is found."""

import sqlite3
from contextlib import closing
from pathlib import Path

from chatroom.clock import DAY_MS
from chatroom.store.sqlite.startup import FILE

from .retention import KEEP_DAYS, SHORT_DAYS, SHORT_ROOM, SLACK_DAYS, Acknowledged

DAY = 100
LATE = KEEP_DAYS + SLACK_DAYS + 1


def test_what_is_removed_too_early_or_too_late(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / FILE)) as connection, connection:
        connection.executescript(
            f"""
            CREATE TABLE rooms (name TEXT, first_seq INTEGER, head_seq INTEGER);
            CREATE TABLE messages (room TEXT, timestamp INTEGER);
            INSERT INTO rooms VALUES ('sound', 2, 3), ('early', 3, 3), ('behind', 1, 2);
            INSERT INTO rooms VALUES ('late', 1, 3), ('{SHORT_ROOM}', 2, 3);
            INSERT INTO messages VALUES ('late', {(DAY - LATE) * DAY_MS});
            INSERT INTO messages VALUES ('sound', {(DAY - KEEP_DAYS) * DAY_MS});
            """  # noqa: S608
        )
    known = Acknowledged()
    for room in ("sound", "early", "behind", "late", SHORT_ROOM):
        for day, seq in ((DAY - SHORT_DAYS, 1), (DAY - 1, 2), (DAY, 3)):
            if (room, seq) != ("sound", 1):
                known.add(room, day, seq)
    assert list(known.wrong(tmp_path, DAY, DAY * DAY_MS)) == [
        f"day {DAY}: early 1 of day {DAY - SHORT_DAYS} was removed too early",
        f"day {DAY}: behind 3 was acknowledged, and is not there",
        f"day {DAY}: late has a message of {LATE:.1f} days",
    ]
