"""The store in a PostgreSQL database. Start at :mod:`.store`. It needs the extra ``postgres``."""

from .store import PostgresStore

__all__ = ["PostgresStore"]
