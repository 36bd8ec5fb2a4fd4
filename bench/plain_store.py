"""What the reference servers keep messages in: a transaction for each, synced as chatroom's are."""

import sqlite3
from pathlib import Path


class PlainStore:
    def __init__(self, directory: Path) -> None:
        self._connection = sqlite3.connect(directory / "plain.db", isolation_level=None)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.execute(
            "CREATE TABLE messages (room TEXT, seq INTEGER, client_id TEXT, text TEXT,"
            " PRIMARY KEY (room, seq), UNIQUE (client_id))"
        )
        self._heads: dict[str, int] = {}

    def add(self, room: str, text: str, client_id: str) -> int:
        """Its seq, once it is on the disk."""
        return self.add_all([(room, text, client_id)])[0]

    def add_all(self, messages: list[tuple[str, str, str]]) -> list[int]:
        """In one transaction."""
        rows = []
        for room, text, client_id in messages:
            seq = self._heads[room] = self._heads.get(room, 0) + 1
            rows.append((room, seq, client_id, text))
        self._connection.execute("BEGIN")
        self._connection.executemany("INSERT INTO messages VALUES (?, ?, ?, ?)", rows)
        self._connection.execute("COMMIT")
        return [row[1] for row in rows]

    def close(self) -> None:
        self._connection.close()
