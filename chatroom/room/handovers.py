"""Gives rooms another owner when the accounts of their owners are disabled."""

import logging
from typing import Final

import attrs
import trio

from ..actors.supervisor import Supervisor
from ..errors import Refused
from ..hub.hub import Hub
from ..store.handovers import HandoverStore
from . import mail
from .asking import ask
from .woken_job import AGAIN_S, WokenJob

logger = logging.getLogger(__name__)

PAGE: Final = 100
LONGEST_PAUSE_S: Final = 3600


@attrs.frozen
class _Failing:
    """A room whose handover failed. ``retry_at``: a time of :func:`trio.current_time`."""

    failures: int
    retry_at: float


class Handovers:
    """Asks the rooms of accounts that were disabled or enabled, also before the last restart.

    A room that fails is asked again after pauses that grow, and delays no other room.
    """

    def __init__(self, store: HandoverStore, actors: Supervisor, hub: Hub) -> None:
        self._store = store
        self._actors = actors
        self._hub = hub
        self._failing: dict[str, _Failing] = {}
        job = WokenJob(self._hand_on, "rooms wait for another owner")
        self.wake: Final = job.wake
        self.run: Final = job.run

    async def _hand_on(self) -> bool:
        """Return whether nothing is left to do."""
        waiting: set[str] = set()
        after = ""
        while pending := await self._store.handovers(after, PAGE):
            after = pending[-1].user
            for handover in pending:
                if rooms := await self._hand_on_rooms_of(handover.user):
                    waiting |= rooms
                else:
                    await self._store.forget_handover(handover)
        for room in self._failing.keys() - waiting:
            del self._failing[room]
        return not waiting

    async def _hand_on_rooms_of(self, user: str) -> set[str]:
        """Let each of the person's rooms have an owner who can act, if any member can. Return those
        that have none yet."""
        waiting, after = set(), ""
        while rooms := await self._store.ownerless(user, after, PAGE):
            after = rooms[-1]
            waiting |= {room for room in rooms if not await self._hand_on_room(room)}
        return waiting

    async def _hand_on_room(self, room: str) -> bool:
        """Return whether it is done."""
        failures, now = 0, trio.current_time()
        if (failing := self._failing.get(room)) is not None:
            if now < failing.retry_at:
                return False
            failures = failing.failures
        try:
            await ask(self._actors, self._hub, room, mail.HandOn)
        except Refused as refused:
            logger.warning("a room waits for another owner: %s", refused)
            pause_s = min(AGAIN_S * 2.0 ** min(failures, 20), LONGEST_PAUSE_S)
            self._failing[room] = _Failing(failures + 1, now + pause_s)
            return False
        return True
