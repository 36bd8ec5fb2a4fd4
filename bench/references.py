"""What the same machine can do without a chat server, measured in the same run: the ratios to
these mean more than figures from another machine.
"""

import socket
import sqlite3
import tempfile
import time
from pathlib import Path


def commits_a_second(seconds: float) -> float:
    """One message a transaction, synced: what a server without group commit can at most do."""
    with tempfile.TemporaryDirectory(prefix="chatroom-bench-") as directory:
        connection = sqlite3.connect(Path(directory) / "plain.db", isolation_level=None)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("CREATE TABLE messages (room TEXT, seq INTEGER, text TEXT)")
        count, end = 0, time.monotonic() + seconds
        while time.monotonic() < end:
            connection.execute("INSERT INTO messages VALUES ('general', ?, ?)", (count, "x" * 100))
            count += 1
        connection.close()
    return count / seconds


def sends_a_second(seconds: float) -> float:
    """One ``send`` a frame of 250 bytes from Python, and somebody who reads: the ceiling of
    deliveries that are not joined."""
    sender, receiver = socket.socketpair()
    with sender, receiver:
        sender.setblocking(False)
        payload, count, end = b"x" * 250, 0, time.monotonic() + seconds
        while time.monotonic() < end:
            for _ in range(100):
                sender.send(payload)
            count += 100
            receiver.recv(1 << 20)
    return count / seconds
