"""The store in one SQLite file; see :mod:`.store`."""

from .store import SqliteStore
from .yielding import YieldToThreads

__all__ = ["SqliteStore", "YieldToThreads"]
