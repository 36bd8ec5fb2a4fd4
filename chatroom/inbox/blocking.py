"""Calls about the people whom a person blocks. A background task of the inbox handles them.

The effect of a block is in :class:`chatroom.store.conditions.Context`.
"""

from collections.abc import Callable
from typing import Any, Final, TypeAlias, get_args

import trio

from ..errors import Refused
from ..hub.envelope import Envelope
from ..hub.hub import Hub
from ..protocol import results
from ..protocol.calls import BlockUser, ListBlocked, UnblockUser
from ..protocol.declaring import Call
from ..store.blocks import BlockStore
from .ordered_calls import OrderedCalls

BlockingCall: TypeAlias = BlockUser | UnblockUser | ListBlocked

_WHY: Final = {
    "not_found": "user: there is no such person",
    "quota_exceeded": "you have reached the limit of people you can block",
}


class BlockList:
    """The blocks of one person.

    :param clock: returns ms since the epoch.
    :param max_blocked: maximum number of blocked people; None for no limit.
    """

    calls: Final[tuple[type[Call[Any]], ...]] = get_args(BlockingCall)

    def __init__(
        self,
        user: str,
        store: BlockStore,
        hub: Hub,
        clock: Callable[[], int],
        max_blocked: int | None,
    ) -> None:
        self._user = user
        self._store = store
        self._clock = clock
        self._max_blocked = max_blocked
        self.handle: Final = OrderedCalls(user, "blocks", hub, self._do).handle

    async def _do(self, envelope: Envelope[BlockingCall]) -> object:
        match envelope.call:
            case ListBlocked(after, limit):
                found = await self._store.blocked(self._user, after or "", limit + 1)
                more = found[limit - 1].name if len(found) > limit else None
                return results.Blocked(tuple(found[:limit]), more)
            case BlockUser(self._user):
                return Refused("invalid_params", "user: you cannot block yourself")
            case BlockUser(other):
                reason = await self._store.set_blocked(
                    self._user, other, self._clock(), maximum=self._max_blocked
                )
                if reason is not None:
                    return Refused(reason, _WHY[reason])
            case UnblockUser(other):
                await self._store.unset_blocked(self._user, other)
        # Messages committed in the same group are acknowledged before this call, since the rooms
        # of that group run in this pass of the event loop.
        await trio.lowlevel.checkpoint()
        return results.Empty()
