"""The store in one SQLite file; see :mod:`.store`."""

from .gil_yield import YieldToThreads
from .store import SqliteStore

__all__ = ["SqliteStore", "YieldToThreads"]
