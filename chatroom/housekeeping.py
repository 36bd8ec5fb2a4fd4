"""Periodic work of a node: forget old limits, check the clock, remove tokens, prune, delete files,
free space."""

import logging
import math
from collections.abc import Awaitable, Callable
from typing import Final

import attrs
import trio

from .accounts.accounts import Accounts
from .actors.supervisor import Supervisor
from .clock import Clock
from .config import Config
from .errors import StorageFailed
from .files.janitor import Janitor
from .http.admission import Admission
from .room import mail as room_mail
from .session.authentication import Authentication
from .session.limits import Limits
from .store.clock_keeper import ClockKeeper
from .store.free_space import give_back_space, in_slices
from .store.housekeeping import Kept
from .store.store import Store

logger = logging.getLogger(__name__)

INTERVAL_S: Final = 60
PRUNED_INTERVAL_MS: Final = 3_600_000
"""Minimum time between two entries of the audit about what was pruned."""
PRUNE_PAGE: Final = 1000
"""Rooms per read when searching for rooms to prune."""


@attrs.define
class Pruned:
    """What rooms have pruned since it was last told.

    :ivar told_at: the time of that, in ms since the epoch.
    """

    told_at: float = -math.inf
    _rooms: dict[str, int] = attrs.field(factory=dict)

    def __bool__(self) -> bool:
        return bool(self._rooms)

    def add(self, room: str, messages: int) -> None:
        self._rooms[room] = self._rooms.get(room, 0) + messages

    def take(self, now: int) -> dict[str, int]:
        """Return the numbers of messages by room, and begin anew."""
        rooms, self._rooms, self.told_at = self._rooms, {}, now
        return rooms


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
    pruned: Pruned

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
            if not self.store.leads:
                continue
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
        """Let rooms prune, in the background, and tell what they have pruned since the last time.

        The audit gets an entry an hour at most. After a kill it lacks what was pruned since.
        """
        config, now = self.config, self.clock.due()
        if self.pruned and now - self.pruned.told_at >= PRUNED_INTERVAL_MS:
            rooms = self.pruned.take(now)
            for room, count in rooms.items():
                logger.info("messages pruned", extra={"room": room, "messages": count})
            await self.store.note_pruned(len(rooms), sum(rooms.values()), self.clock())
        kept = Kept(config.keep_messages, config.keep_days, now)
        after: str | None = ""
        while after is not None:
            found, after = await self.store.prunable(kept, after, PRUNE_PAGE)
            for each in found:
                prune = room_mail.Prune(each.messages, each.before)
                await self.actors.post(room_mail.address(each.room), prune)

    async def _forget_words(self) -> None:
        await in_slices(self.store.forget_words)

    async def _give_back_space(self) -> None:
        await give_back_space(self.store)
