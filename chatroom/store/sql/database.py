"""A database as long as it is open: its writer and its readers."""

from collections.abc import Callable, Collection
from contextlib import ExitStack
from typing import Concatenate, Final, ParamSpec, TypeVar, cast

import trio

from ...clock import wall_ms
from ..bus import Bus, NoBus
from ..load import StoreLoad
from .connection import Connection
from .damage import Damage
from .incarnations import Incarnation
from .jobs import Job
from .news import RecentCommits
from .readers import Readers
from .writer import Writer

P = ParamSpec("P")
T = TypeVar("T")
_NO_BUS: Final = NoBus()


class SqlDatabase:
    """A writer and readers of one database. Reads and writes wait until :meth:`run` runs."""

    def __init__(
        self,
        writer: Writer,
        readers: Readers,
        incarnation: Incarnation,
        damage: Damage,
        link_key: str,
    ) -> None:
        """:param damage: what the writer and the readers find."""
        self._writer = writer
        self._readers = readers
        self._incarnation = incarnation
        self._damage = damage
        self._link_key = link_key
        self._recent = RecentCommits()
        self._told_epoch: Callable[[], None] = lambda: None
        self.wall_ms: Callable[[], int] = wall_ms
        # Consumers of the log, and what ends that the writer tells of moved rooms.
        self._told_moved: list[Callable[[Collection[str]], None]] = []
        self._telling_moved = ExitStack()

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Serve reads and writes until cancelled.

        :raises StorageFailed: the process must end; see :class:`.writer.Writer`.
        """
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._readers.run)
            await self._writer.run(task_status=task_status)

    @property
    def epoch(self) -> str:
        return self._incarnation.id

    @property
    def link_key(self) -> str:
        return self._link_key

    @property
    def leads(self) -> bool:
        return True

    @property
    def node(self) -> int:
        return 1

    @property
    def others(self) -> Collection[int]:
        return ()

    @property
    def bus(self) -> Bus:
        return _NO_BUS

    @property
    def busy(self) -> bool:
        """Whether any thread of the store is working: see :class:`.gil_yield.YieldToThreads`."""
        return self._writer.writing or self._readers.reading

    def trouble(self) -> str | None:
        return self._writer.trouble()

    def damage(self) -> str | None:
        return self._damage.found

    def load(self) -> StoreLoad:
        writer = self._writer
        waiting = {"writes": writer.waiting, **self._readers.waiting}
        return StoreLoad(writer.group_size, writer.commit_s, waiting)

    async def _write(
        self,
        change: Callable[Concatenate[Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        return await self._write_for((), change, *args, **kwargs)

    async def _write_for(
        self,
        rooms: Collection[str],
        change: Callable[Concatenate[Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Write rows of rooms, those of which exist. No other node deletes one meanwhile: it would
        erase the rows of the room, and not find these.
        """
        job = Job(lambda connection, _: change(connection, *args, **kwargs), keeps=rooms)
        return cast("T", await self._writer.write(job))
