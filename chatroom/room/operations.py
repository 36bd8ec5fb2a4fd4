"""Operators' calls about rooms in a running server: list and delete them."""

import logging
from typing import Final

import attrs
import trio

from ..actors.supervisor import Supervisor
from ..hub.hub import Hub
from ..store.housekeeping import HousekeepingStore, RoomSize
from . import mail
from .asking import ask
from .stored_operations import SLICE
from .woken_job import WokenJob

logger = logging.getLogger(__name__)

PAUSE_S: Final = 0.01
"""Minimum pause between two such commits. It is at least as long as the last one took, so that
other commits come first."""


class Eraser:
    """Erases the remaining rows of deleted rooms, including rooms deleted by an earlier process."""

    def __init__(self, store: HousekeepingStore) -> None:
        self._store = store
        job = WokenJob(self._erase, "a deleted room is not erased yet")
        self.wake: Final = job.wake
        self.run: Final = job.run

    async def _erase(self) -> bool:
        while True:
            began = trio.current_time()
            if not await self._store.erase_retired(SLICE):
                return True
            await trio.sleep(max(PAUSE_S, trio.current_time() - began))


@attrs.frozen
class LiveRooms:
    """Operations in a running server. The room's actor deletes the room and notifies its members.

    :meth:`delete` returns then; erasing the rows continues in the background.
    """

    store: HousekeepingStore
    actors: Supervisor
    hub: Hub
    eraser: Eraser

    async def sizes(self, after: str, limit: int) -> list[RoomSize]:
        return await self.store.room_sizes(after, limit)

    async def delete(self, name: str) -> None:
        """:raises Refused: there is no such room, it is direct, or its actor failed."""
        try:
            await ask(self.actors, self.hub, name, mail.Retire)
        finally:
            # Also after a refusal: the actor may have failed after the commit of the deletion.
            self.eraser.wake()
        logger.info("room deleted", extra={"room": name})

    async def erase_people(self) -> None:
        """No-op: the erasure of the account has woken the node's :class:`.Erasures`."""
