"""Damaged pages: how they are recognised, and the record of the first one that was found."""

import logging
import sqlite3
from typing import Final

import orjson

from ...errors import StorageDamaged
from .connection import primary_code

logger = logging.getLogger(__name__)

_KINDS: Final = frozenset({sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_NOT_TEXT: Final = "Could not decode to UTF-8"
"""The message of the :mod:`sqlite3` module, which gives that error no code."""


def is_damage(error: Exception) -> bool:
    """Whether the file could not be read: a page of it, or what a row contains."""
    if isinstance(error, sqlite3.Error):
        return primary_code(error) in _KINDS or str(error).startswith(_NOT_TEXT)
    return isinstance(error, orjson.JSONDecodeError)


class Damage:
    """``found`` stays until the process ends: the page is not read all the time."""

    def __init__(self) -> None:
        self.found: str | None = None

    def note(self, error: StorageDamaged) -> None:
        """Log the first one."""
        if self.found is None:
            self.found = f"the database cannot be read: {error}; see: chatroom check"
            logger.error(self.found)
