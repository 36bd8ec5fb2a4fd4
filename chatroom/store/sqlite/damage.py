"""Damage of the database file: which errors report it."""

import sqlite3
from typing import Final

import orjson

from ...errors import StorageDamaged
from .connection import primary_code

_DAMAGE_CODES: Final = frozenset(
    {sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
)
_NOT_TEXT: Final = "Could not decode to UTF-8"
"""The start of an error message of the :mod:`sqlite3` module. That error has no code."""


def is_damage(error: Exception) -> bool:
    """Return whether the error says that a page, or a value in a row, could not be read."""
    if isinstance(error, sqlite3.Error):
        return primary_code(error) in _DAMAGE_CODES or str(error).startswith(_NOT_TEXT)
    return isinstance(error, orjson.JSONDecodeError)


def describe(error: Exception) -> str:
    """Return the error's message, but without the text that could not be decoded, which may be a
    user's message."""
    message = str(error)
    return message.partition(" with text ")[0] if message.startswith(_NOT_TEXT) else message


def explain(error: Exception) -> Exception:
    """Return what the caller of a read gets for an error."""
    return StorageDamaged(describe(error)) if is_damage(error) else error
