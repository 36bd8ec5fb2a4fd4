"""Gives rooms another owner when the accounts of their owners are disabled."""

import logging
from typing import Final

from ..actors.supervisor import Supervisor
from ..errors import Refused
from ..hub.hub import Hub
from ..store.handovers import HandoverStore
from . import mail
from .asking import ask
from .woken_job import WokenJob

logger = logging.getLogger(__name__)

PAGE: Final = 100


class Handovers:
    """Asks the rooms of accounts that were disabled or enabled, also before the last restart."""

    def __init__(self, store: HandoverStore, actors: Supervisor, hub: Hub) -> None:
        self._store = store
        self._actors = actors
        self._hub = hub
        job = WokenJob(self._hand_on, "rooms wait for another owner")
        self.wake: Final = job.wake
        self.run: Final = job.run

    async def _hand_on(self) -> bool:
        """Return whether nothing is left to do."""
        pending = await self._store.handovers(PAGE)
        if len(pending) == PAGE:
            self.wake()
        done = True
        for handover in pending:
            if await self._hand_on_rooms_of(handover.user):
                await self._store.forget_handover(handover)
            else:
                done = False
        return done

    async def _hand_on_rooms_of(self, user: str) -> bool:
        """Return whether each of the person's rooms has an owner who can act, if any member can."""
        done, after = True, ""
        while rooms := await self._store.ownerless(user, after, PAGE):
            after = rooms[-1]
            for room in rooms:
                try:
                    await ask(self._actors, self._hub, room, mail.HandOn)
                except Refused as refused:
                    logger.warning("a room waits for another owner: %s", refused)
                    done = False
        return done
