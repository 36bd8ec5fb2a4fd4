"""What queries and writes need of a connection. That of :mod:`sqlite3` fits as it is.

Statements are in the SQL that SQLite has in common with the other engines, with named parameters
(``:name``). Each engine's package says what it does with the differences.
"""

from collections.abc import Iterator
from typing import Any, Protocol


class Cursor(Protocol):
    """The rows of a query, or the outcome of a write. A row is a tuple."""

    @property
    def rowcount(self) -> int:
        """The number of rows that were written."""

    def fetchone(self) -> Any: ...

    def fetchall(self) -> list[Any]: ...

    def __iter__(self) -> Iterator[Any]: ...


class Connection(Protocol):
    @property
    def in_transaction(self) -> bool: ...

    def execute(self, sql: str, parameters: Any = ..., /) -> Cursor: ...

    def executemany(self, sql: str, parameters: Any, /) -> Cursor: ...

    def close(self) -> None: ...
