"""Erases what people who were erased have left in rooms."""

import logging
from collections.abc import Awaitable, Callable, Collection
from functools import partial
from typing import Final, cast

import trio

from ..actors.supervisor import Supervisor
from ..errors import Refused
from ..hub.hub import Hub
from ..store.erasures import ErasureStore
from . import mail
from .asking import ask
from .erasing import pending, rooms_with
from .operations import PAUSE_S
from .woken_job import WokenJob

logger = logging.getLogger(__name__)


class Erasures:
    """Asks rooms to erase what they have of people, also of those who were erased before the last
    restart. A room that fails is asked again later, and delays no other room.

    :param tell: tells others of profiles, while they share rooms with these people.
    """

    def __init__(
        self,
        store: ErasureStore,
        actors: Supervisor,
        hub: Hub,
        tell: Callable[[Collection[str]], Awaitable[None]],
    ) -> None:
        self._store = store
        self._actors = actors
        self._hub = hub
        self._tell = tell
        job = WokenJob(self._erase, "messages of people who were erased are left")
        self.wake: Final = job.wake
        self.run: Final = job.run

    async def _erase(self) -> bool:
        """Return whether nothing is left to do."""
        done = True
        for user in await pending(self._store):
            await self._tell([user])
            if await self._erase_person(user):
                await self._store.forget_erasure(user)
                logger.info("person erased", extra={"user": user})
            else:
                done = False
        return done

    async def _erase_person(self, user: str) -> bool:
        done = True
        for room in await rooms_with(self._store, user):
            done = await self._erase_in(room, user) and done
        return done

    async def _erase_in(self, room: str, user: str) -> bool:
        """Return whether nothing of the person is left in the room."""
        before: int | None = None
        while True:
            began = trio.current_time()
            try:
                request = partial(mail.ErasePerson, user, before)
                before = cast("int | None", await ask(self._actors, self._hub, room, request))
            except Refused as refused:
                logger.warning("a room keeps what a person left who was erased: %s", refused)
                return False
            if before is None:
                return True
            # Other commits come first.
            await trio.sleep(max(PAUSE_S, trio.current_time() - began))
