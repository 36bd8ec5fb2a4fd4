"""Gives rooms another owner when the accounts of their owners are disabled."""

import logging
from typing import Final

import trio

from ..actors.supervisor import Supervisor
from ..errors import Refused, StorageFailed, StorageUnavailable
from ..hub.hub import Hub
from ..store.handovers import HandoverStore
from . import mail
from .asking import ask

logger = logging.getLogger(__name__)

PAGE: Final = 100
AGAIN_S: Final = 60
"""Pause after a failure."""


class Handovers:
    """Asks the rooms of accounts that were disabled or enabled, also before the last restart."""

    def __init__(self, store: HandoverStore, actors: Supervisor, hub: Hub) -> None:
        self._store = store
        self._actors = actors
        self._hub = hub
        self._wanted = trio.Event()

    def wake(self) -> None:
        self._wanted.set()

    async def run(self) -> None:
        while True:
            self._wanted = trio.Event()
            try:
                done = await self._hand_on()
            except StorageFailed:
                raise
            except StorageUnavailable as error:
                logger.warning("rooms wait for another owner: %s", error)
                done = False
            except Exception:
                logger.exception("rooms wait for another owner")
                done = False
            if done:
                await self._wanted.wait()
            else:
                await trio.sleep(AGAIN_S)

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
