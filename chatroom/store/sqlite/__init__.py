"""The store in one SQLite file. Start at :mod:`.store`."""

from .gil_yield import YieldToThreads
from .store import SqliteStore

__all__ = ["SqliteStore", "YieldToThreads"]
