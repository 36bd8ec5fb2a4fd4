"""The store in one SQLite file. Start at :mod:`.store`."""

from .store import SqliteStore

__all__ = ["SqliteStore"]
