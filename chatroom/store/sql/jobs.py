"""What the writer writes: the jobs of many callers, in one transaction."""

from collections.abc import Callable, Collection
from typing import Any, TypeAlias

from ...frozen import frozen
from ..room_log import Batch
from .apply import Shared
from .connection import Connection


@frozen(eq=False)
class Job:
    """One caller's write. ``perform`` may run again after a rollback. ``batch``: of a room, whose
    clientIds are looked up with those of the group. ``moves_pages``: commit even if no row has
    changed, and truncate SQLite's file afterwards. ``keeps``: rooms that no other node may delete
    before the commit.
    """

    perform: Callable[[Connection, Shared], Any]
    batch: Batch | None = None
    moves_pages: bool = False
    keeps: Collection[str] = ()


@frozen(eq=False)
class Failed:
    """The outcome of a job that wrote nothing. Its caller gets the error."""

    error: Exception


Outcome: TypeAlias = Any
"""The return value of a job, or :class:`Failed`."""
