"""Requests of the server itself to a room: prune, delete, hand on, admit, erase a person. Each is a
commit of its own."""

import logging
from collections.abc import Awaitable, Callable
from typing import Final

from ..actors.supervisor import Supervisor
from ..errors import Behind, StorageUnavailable, unavailable
from ..hub.hub import Hub
from ..store.conditions import Wanted, day_of
from ..store.news import FollowedRoomStore
from ..store.room_log import Batch, Decision, Prefetched
from . import mail
from .erasing import erase_person_batch, left_of
from .replica import Replica
from .rules import decide_admit, decide_hand_on, decide_prune, decide_retire
from .usage_meter import UsageMeter

logger = logging.getLogger(__name__)

PRUNE_SLICE: Final = 500
"""Maximum number of messages pruned in one commit, which then takes no longer than others."""


class ServerRequests:
    """:param clock: returns ms since the epoch.
    :param commit: commits a batch of the room.
    :param pruned: is told the room, and how many messages were pruned.
    """

    def __init__(
        self,
        replica: Replica,
        *,
        store: FollowedRoomStore,
        hub: Hub,
        actors: Supervisor,
        clock: Callable[[], int],
        meter: UsageMeter,
        commit: Callable[[Batch], Awaitable[Decision]],
        pruned: Callable[[str, int], None],
    ) -> None:
        self._name = replica.state.name
        self._replica = replica
        self._state = replica.state
        self._channel = replica.channel
        self._store = store
        self._hub = hub
        self._actors = actors
        self._clock = clock
        self._meter = meter
        self._commit = commit
        self._pruned = pruned

    async def handle(self, request: mail.OwnMail) -> None:
        """Commit, publish, then reply. Refuse what the store cannot do at the moment."""
        try:
            decision = await self._decide(request)
        except StorageUnavailable as error:
            if not isinstance(request, mail.Prune):  # which housekeeping sends again
                self._hub.reply(request.reply_to, unavailable(error))
            return
        if decision is None:
            return
        first = self._state.log_head.first_seq
        await self._replica.apply_any(decision.entries)
        if isinstance(request, mail.ErasePerson):
            self._state.forget(request.user)
        if isinstance(request, mail.Prune):
            self._pruned(self._name, self._state.log_head.first_seq - first)
            # Until nothing is left to prune.
            self._actors.push(mail.address(self._name), request)
        else:
            self._hub.reply(request.reply_to, *decision.outcomes)

    async def _decide(self, request: mail.OwnMail) -> Decision | None:
        """Return the decision when it is durable. None: there is nothing to do."""
        while True:
            batch = await self._batch(request)
            if batch is None:
                return None
            try:
                return await self._commit(batch)
            except Behind:
                await self._replica.catch_up()

    async def _batch(self, request: mail.OwnMail) -> Batch | None:
        state, now, terms = self._state, self._clock(), self._meter.terms
        match request:
            case mail.Prune(keep_messages, before):
                through = await self._store.prune_point(
                    self._name, keep_messages, before, PRUNE_SLICE
                )
                return self._decided(lambda _: decide_prune(through)) if through else None
            case mail.Retire():
                return self._decided(lambda found: decide_retire(state, found, now))
            case mail.HandOn():
                self._channel.changing = await self._store.successor(self._name, "")
                return Batch(
                    self._name,
                    lambda found: decide_hand_on(state, found, now),
                    wanted=Wanted(heir=True),
                    version=state.version,
                )
            case mail.ErasePerson(user, before):
                await self._replica.look_up([user])
                left = await left_of(self._store, self._name, user, before)
                self._channel.changing = left.ahead.successor
                return erase_person_batch(state, user, now, left)
            case mail.Admit(user, digest):
                await self._replica.look_up([user])
                accounts = () if terms.quotas is None else (user,)
                return Batch(
                    self._name,
                    lambda found: decide_admit(state, found, user, now, terms),
                    wanted=Wanted(accounts=accounts, day=day_of(now), offer=(digest, user)),
                    version=state.version,
                )

    def _decided(self, decide: Callable[[Prefetched], Decision]) -> Batch:
        return Batch(self._name, decide, version=self._state.version)
