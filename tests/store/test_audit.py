"""The audit is only appended to."""

import sqlite3
from pathlib import Path

import pytest

from chatroom.store.sqlite import SqliteStore

from .room_log import connected

ADDED = "INSERT INTO audit (timestamp, act, by) VALUES (1, 'ban', 'alice')"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET by = 'bob'",
        "UPDATE audit SET id = id + 1",
        "DELETE FROM audit",
        "DELETE FROM audit WHERE id = 1",
        "INSERT OR REPLACE INTO audit (id, timestamp, act) VALUES (1, 2, 'mute')",
        "INSERT INTO audit (id, timestamp, act) VALUES (1, 2, 'mute')"
        " ON CONFLICT (id) DO UPDATE SET act = 'mute'",
    ],
)
def test_entries_are_never_changed(tmp_path: Path, statement: str) -> None:
    SqliteStore.open(tmp_path).close()
    with connected(tmp_path) as connection:
        connection.execute(ADDED)
        with pytest.raises(sqlite3.IntegrityError, match="only appended to"):
            connection.execute(statement)
        rows = connection.execute("SELECT id, timestamp, act, by FROM audit").fetchall()
        assert rows == [(1, 1, "ban", "alice")]
