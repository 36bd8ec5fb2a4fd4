"""The store in memory; see :mod:`.store`."""

from .store import MemoryStore

__all__ = ["MemoryStore"]
