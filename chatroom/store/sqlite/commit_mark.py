"""The high-water mark: a file beside the database that says how many commits were acknowledged.

SQLite opens what is left of a database whose log was cut, damaged or lost, and finds it in order:
it cannot know what should be there. So every commit counts itself, in the header of the database
(``PRAGMA user_version``: no page of its own while the database grows), and the count is written
here once the commit is synced. A database that has counted less than its mark lacks something that
was acknowledged. The mark itself is never synced: after a power cut it may be behind, torn or
missing, which tells of no loss, and it is written anew. It is never ahead of what was synced.

Knows no tables, and nothing of what is done about a loss.
"""

import logging
import os
import re
import sqlite3
import zlib
from contextlib import suppress
from pathlib import Path
from typing import Final

import attrs

logger = logging.getLogger(__name__)

MARK: Final = "chatroom.mark"

_ROUND: Final = 1 << 32
"""The header has 32 bits for the count, which goes round: see :attr:`CommitCount.commits`."""
_LINE: Final = re.compile(rb"(chatroom 1 ([0-9a-f]{16}) (\d{10})) ([0-9a-f]{8})\n")


@attrs.frozen
class CommitCount:
    """How far a data set has come: its random id, and its count of commits, modulo 2**32."""

    data_set: str
    commits: int

    def behind(self, other: "CommitCount") -> int:
        """By how many commits of the same data set; 0 if not at all."""
        missing = (other.commits - self.commits) % _ROUND
        return missing if missing < _ROUND // 2 else 0

    def line(self) -> bytes:
        """Always of one length, so that it is overwritten in place: on a full disk too."""
        told = b"chatroom 1 %s %010d" % (self.data_set.encode(), self.commits)
        return b"%s %08x\n" % (told, zlib.crc32(told))


def reached_by(connection: sqlite3.Connection, data_set: str) -> CommitCount:
    """What a database has counted."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return CommitCount(data_set, version % _ROUND)


def read_mark(directory: Path) -> CommitCount | None:
    """None when there is none, or none that can be relied on."""
    try:
        line = (directory / MARK).read_bytes()
    except OSError:
        return None
    match = _LINE.fullmatch(line)
    if match is None or int(match[4], 16) != zlib.crc32(match[1]):
        return None
    return CommitCount(match[2].decode(), int(match[3]) % _ROUND)


class CommitMark:
    """The file while the database is written to; only by the one who commits."""

    def __init__(self, directory: Path | None, reached: CommitCount) -> None:
        """:param directory: None: commits are counted in the database alone.
        :param reached: what is on the disk for certain; written at once, whatever was there.
        """
        self._reached = reached
        self._told = False
        self._file = None if directory is None else self._open(directory)
        self._write()

    def _open(self, directory: Path) -> int | None:
        file = None
        try:
            flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
            file = os.open(directory / MARK, flags, 0o600)
            os.ftruncate(file, len(self._reached.line()))
        except OSError as error:
            self._tell(error)
        return file

    @property
    def reached(self) -> CommitCount:
        return self._reached

    def count(self, connection: sqlite3.Connection) -> None:
        """The transaction that is about to be committed."""
        following = (self._reached.commits + 1 + _ROUND // 2) % _ROUND - _ROUND // 2
        connection.execute(f"PRAGMA user_version = {following}")

    def advance(self) -> None:
        """It is committed, and synced."""
        self._reached = CommitCount(self._reached.data_set, (self._reached.commits + 1) % _ROUND)
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
            self._tell(error)

    def _tell(self, error: OSError) -> None:
        """A mark that stays behind is no reason to stop: it only guards less."""
        if not self._told:
            logger.warning("%s cannot be written: %s", MARK, error.strerror)
            self._told = True
