"""Operators' calls about rooms without a running server: list and delete them."""

from collections.abc import Callable
from typing import Final

import attrs

from ..errors import Refused
from ..store.housekeeping import RoomSize
from ..store.room_log import Batch, Decision, Prefetched
from ..store.store import Store
from .erasing import erase_person_batch, left_of, pending, rooms_with
from .rules import decide_retire
from .state import RoomState

SLICE: Final = 250
"""Rows erased in one commit, during which other commits wait."""


@attrs.frozen
class StoredRooms:
    """Operations without a running server.

    All rows of the room are erased when :meth:`delete` returns. If interrupted, the next server
    continues to erase them.
    """

    store: Store
    clock: Callable[[], int]

    async def sizes(self, after: str, limit: int) -> list[RoomSize]:
        return await self.store.room_sizes(after, limit)

    async def delete(self, name: str) -> None:
        """:raises Refused: there is no such room, or it is direct."""
        state, now = RoomState(name, await self.store.room(name)), self.clock()

        def decide(found: Prefetched) -> Decision:
            return decide_retire(state, found, now)

        decision = await self.store.commit(Batch(name, decide, version=state.version))
        (outcome,) = decision.outcomes
        if isinstance(outcome, Refused):
            raise outcome
        while await self.store.erase_retired(SLICE):
            pass

    async def erase_people(self) -> None:
        """Erase all that people have left in rooms who were erased."""
        for user in await pending(self.store):
            for room in await rooms_with(self.store, user):
                await self._erase_in(room, user)
            await self.store.forget_erasure(user)

    async def _erase_in(self, room: str, user: str) -> None:
        state = RoomState(room, await self.store.room(room))
        before, more = None, True
        while more:
            state.reset(await self.store.room(room))
            state.learn([user], await self.store.people(room, [user]))
            left = await left_of(self.store, room, user, before)
            await self.store.commit(erase_person_batch(state, user, self.clock(), left))
            before, more = left.next, left.next is not None
