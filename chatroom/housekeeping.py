"""Periodic work of a node: forget old limits, check the clock, remove tokens, prune, delete files,
free space."""

import logging
from collections.abc import Awaitable, Callable
from typing import Final

import attrs
import trio

from .accounts.accounts import Accounts
from .actors.supervisor import Supervisor
from .clock import DAY_MS, Clock
from .config import Config
from .errors import StorageFailed
from .files.janitor import Janitor
from .http.admission import Admission
from .room import mail as room_mail
from .session.authentication import Authentication
from .session.limits import Limits
from .store.clock_keeper import ClockKeeper
from .store.free_space import give_back_space, in_slices
from .store.store import Store

logger = logging.getLogger(__name__)

INTERVAL_S: Final = 60
PRUNE_PAGE: Final = 1000
"""Rooms per read when searching for rooms to prune."""


@attrs.frozen(eq=False)
class Housekeeping:
    config: Config
    store: Store
    clock: Clock
    timekeeper: ClockKeeper
    accounts: Accounts
    actors: Supervisor
    limits: Limits
    authentication: Authentication
    admission: Admission
    janitor: Janitor

    async def run(self) -> None:
        """Do all jobs in each interval, until cancelled.

        :raises StorageFailed: the process must end.
        """
        while True:
            await trio.sleep(INTERVAL_S)
            now = trio.current_time()
            self.limits.forget_full(now)
            self.authentication.forget(now)
            self.admission.run_housekeeping()
            await self._try("checking the clock", self.timekeeper.check)
            await self._try("removing expired tokens", self.accounts.remove_expired)
            await self._try("pruning", self._prune)
            await self._try("deleting files", self.janitor.clean)
            await self._try("merging the search index", self._forget_words)
            await self._try("giving back space", self._give_back_space)

    async def _try(self, what: str, job: Callable[[], Awaitable[None]]) -> None:
        """Do a job. If it fails, the others are done all the same."""
        try:
            await job()
        except StorageFailed:
            raise
        except Exception:
            logger.exception("%s failed; retrying later", what)

    async def _prune(self) -> None:
        keep, days = self.config.keep_messages, self.config.keep_days
        if keep is None and days is None:
            return
        before = None if days is None else self.clock.due() - days * DAY_MS
        pruned = 0
        after: str | None = ""
        while after is not None:
            rooms, after = await self.store.prunable(keep, before, after, PRUNE_PAGE)
            for room in rooms:
                await self.actors.post(room_mail.address(room), room_mail.Prune(keep, before))
            pruned += len(rooms)
        if pruned:
            logger.info("pruned old messages", extra={"rooms": pruned})

    async def _forget_words(self) -> None:
        await in_slices(self.store.forget_words)

    async def _give_back_space(self) -> None:
        await give_back_space(self.store)
