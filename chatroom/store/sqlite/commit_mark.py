"""The high-water mark: a file beside the database with the number of acknowledged commits.

SQLite opens a database whose WAL was truncated, damaged or lost without an error, because it cannot
know what is missing. So every commit increments a count in the header of the database (``PRAGMA
user_version``, which costs no extra page while the database grows). Once the commit is synced, the
count is written to the mark. A database with a lower count than its mark lacks acknowledged
commits. The mark itself is never synced: after a power cut it may be behind, torn or missing, which
is not a loss, and it is rewritten. It is never ahead of what was synced.

Knows no tables, and nothing of the handling of a loss.
"""

import logging
import os
import re
import sqlite3
import zlib
from contextlib import suppress
from pathlib import Path
from typing import Final

from ...frozen import frozen

logger = logging.getLogger(__name__)

MARK: Final = "chatroom.mark"

_MODULUS: Final = 1 << 32
"""The header has 32 bits for the count, which wraps around."""
_LINE: Final = re.compile(rb"(chatroom 1 ([0-9a-f]{16}) (\d{10})) ([0-9a-f]{8})\n")


@frozen
class CommitCount:
    """A data set's random id, and its count of commits, modulo 2**32."""

    data_set: str
    commits: int

    def behind(self, other: "CommitCount") -> int:
        """Return by how many commits this is behind another count of the same data set, or 0."""
        missing = (other.commits - self.commits) % _MODULUS
        return missing if missing < _MODULUS // 2 else 0

    def line(self) -> bytes:
        """Return the line of the mark. All lines have one length, so that they are overwritten in
        place, even on a full disk."""
        content = b"chatroom 1 %s %010d" % (self.data_set.encode(), self.commits)
        return b"%s %08x\n" % (content, zlib.crc32(content))


def reached_by(connection: sqlite3.Connection, data_set: str) -> CommitCount:
    """Return the count of commits of a database."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return CommitCount(data_set, version % _MODULUS)


def read_mark(directory: Path) -> CommitCount | None:
    """Return the mark's count; None if there is no mark or its checksum is wrong."""
    try:
        line = (directory / MARK).read_bytes()
    except OSError:
        return None
    match = _LINE.fullmatch(line)
    if match is None or int(match[4], 16) != zlib.crc32(match[1]):
        return None
    return CommitCount(match[2].decode(), int(match[3]) % _MODULUS)


class CommitMark:
    """The mark of an open database. Only the writer uses it."""

    def __init__(self, directory: Path | None, reached: CommitCount) -> None:
        """:param directory: None: commits are counted in the database alone.
        :param reached: the count that is certainly on the disk. It is written at once.
        """
        self._reached = reached
        self._warned = False
        self._file = None if directory is None else self._open(directory)
        self._write()

    def _open(self, directory: Path) -> int | None:
        file = None
        try:
            flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
            file = os.open(directory / MARK, flags, 0o600)
            os.ftruncate(file, len(self._reached.line()))
        except OSError as error:
            self._warn(error)
        return file

    @property
    def reached(self) -> CommitCount:
        return self._reached

    def count(self, connection: sqlite3.Connection) -> None:
        """Count the transaction, inside it, before its commit."""
        following = (self._reached.commits + 1 + _MODULUS // 2) % _MODULUS - _MODULUS // 2
        connection.execute(f"PRAGMA user_version = {following}")

    def advance(self) -> None:
        """Write the count, after the transaction was committed and synced."""
        self._reached = CommitCount(self._reached.data_set, (self._reached.commits + 1) % _MODULUS)
        self._write()

    def sync(self) -> None:
        if self._file is not None:
            with suppress(OSError):
                os.fsync(self._file)

    def close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _write(self) -> None:
        if self._file is None:
            return
        try:
            os.pwrite(self._file, self._reached.line(), 0)
        except OSError as error:
            self._warn(error)

    def _warn(self, error: OSError) -> None:
        """Log the first error only. A mark that is behind is harmless: it notices fewer losses."""
        if not self._warned:
            logger.warning("%s cannot be written: %s", MARK, error.strerror)
            self._warned = True
