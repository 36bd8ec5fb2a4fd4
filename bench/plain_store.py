"""The store of the reference servers: one synced transaction per message."""

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
        """Store a message durably. Returns its seq."""
        return self.add_all([(room, text, client_id)])[0]

    def add_all(self, messages: list[tuple[str, str, str]]) -> list[int]:
        """Store messages in one transaction. Returns their seqs."""
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
